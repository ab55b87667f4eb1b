package main

import (
	"encoding/json"
	"io"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/terminal"
)

// serviceLine is a Service for programs.
type serviceLine struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Code is why it changes, or why not.
	Code     audit.Reason `json:"code"`
	Sentence string       `json:"sentence"`
	Cure     string       `json:"cure,omitempty"`
	Changes  bool         `json:"changes"`
	Now      stackLine    `json:"now"`
	// Then is what it will have; absent where it does not change.
	Then *stackLine `json:"then,omitempty"`
	// Patch is what is sent. The API server makes the rest of it.
	Patch []jsonpatch.Operation `json:"patch,omitempty"`
	Pods  []string              `json:"pods,omitempty"`
	Notes []noteLine            `json:"notes,omitempty"`
	// Outcome is what came of it; absent in a dry run, and where it was not
	// reached.
	Outcome outcome `json:"outcome,omitempty"`
	Detail  string  `json:"detail,omitempty"`
}

type stackLine struct {
	IPFamilyPolicy corev1.IPFamilyPolicy `json:"ipFamilyPolicy,omitempty"`
	IPFamilies     []corev1.IPFamily     `json:"ipFamilies,omitempty"`
}

func newStackLine(s audit.Stack) stackLine { return stackLine{s.Policy, s.Families} }

// json prints an array with an element for each Service.
func (p servicePrinter) json(w io.Writer, services []*plannedService) error {
	lines := []serviceLine{}
	for _, s := range services {
		line := serviceLine{
			Namespace: s.Namespace, Name: s.Name, Changes: s.plan.Changes(),
			Code: s.plan.Reason, Sentence: s.plan.Reason.Sentence(), Cure: s.plan.Reason.Cure(),
			Now: newStackLine(s.plan.From), Patch: s.plan.Patch, Pods: s.plan.Pods,
			Outcome: s.outcome, Detail: s.detail,
		}
		if line.Changes {
			then := newStackLine(s.plan.To)
			line.Then = &then
		}
		for _, n := range s.plan.Notes {
			line.Notes = append(line.Notes, noteLine{n.Code, string(n.Path), n.Part, n.Old, n.New, n.Code.Sentence(), n.Code.Cure()})
		}
		lines = append(lines, line)
	}
	encoder := json.NewEncoder(terminal.JSON{Writer: w})
	encoder.SetIndent("", "  ")
	return encoder.Encode(lines)
}
