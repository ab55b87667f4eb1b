package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

// The policies as they are read and reviewed: what is printed is these files.
var (
	//go:embed export/services-apply.yaml
	servicesApply string
	//go:embed export/services-check.yaml
	servicesCheck string
	//go:embed export/pods-check.yaml
	podsCheck string
)

func newExportPolicies() *cobra.Command {
	var kind string
	action := newActions()
	command := &cobra.Command{
		Use:   "policies",
		Short: "Print admission policies in CEL",
		Long: `Policies prints admission policies with their bindings. They need no webhook;
the validating ones work beside it too.

A mutating policy lets Services prefer dual-stack as they are created, in
namespaces with the label dualstack.dev/mode: apply. It needs Kubernetes 1.36.

Two validating policies look at what is about to be stored: Services that ended
with one IP family although nobody chose that, and Pods with an Istio container
that lacks ISTIO_DUAL_STACK=true. They warn and write to the audit log; with
--action Deny, which is your decision, they refuse. Kubernetes 1.33 has them too.

What they cannot do is in docs/policies.md.`,
		Example: `  # Everything, on Kubernetes 1.36 or newer.
  dualstack export policies | kubectl apply -f -

  # Only look, beside the webhook or on an older cluster.
  dualstack export policies --kind validating | kubectl apply -f -

  # Refuse what is not dual-stack, and write it to the audit log.
  dualstack export policies --kind validating --action Deny,Audit`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if _, err := io.WriteString(command.OutOrStdout(), policies(kind, action)); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	command.Flags().Var(newChoice(&kind, "all", "mutating", "validating"), "kind", "which policies")
	command.Flags().Var(&action, "action", "what the validating ones do: `actions` with commas, of Warn, Audit and Deny; not both Warn and Deny")
	completeWords(command, map[string][]cobra.Completion{
		"kind":   {"all", "mutating", "validating"},
		"action": {"Warn,Audit", "Warn", "Audit", "Deny", "Deny,Audit"},
	})
	return command
}

// policies returns the manifests of a kind.
func policies(kind string, action actions) string {
	var documents []string
	if kind != "validating" {
		documents = append(documents, servicesApply)
	}
	if kind != "mutating" {
		for _, check := range []string{servicesCheck, podsCheck} {
			documents = append(documents, strings.Replace(check, newActions().manifest(), action.manifest(), 1))
		}
	}
	return strings.Join(documents, "---\n")
}

// actions is a flag for the validationActions of a binding.
type actions []string

// newActions returns those that the manifests have.
func newActions() actions {
	return actions{string(admissionregistrationv1.Warn), string(admissionregistrationv1.Audit)}
}

func (a *actions) String() string { return strings.Join(*a, ",") }

// Set holds to the rules of the API server, so that nobody finds out there:
// k8s.io/kubernetes/pkg/apis/admissionregistration/validation/validation.go,
// validateValidationActions.
func (a *actions) Set(list string) error {
	deny, warn := string(admissionregistrationv1.Deny), string(admissionregistrationv1.Warn)
	words := strings.Split(list, ",")
	for i, word := range words {
		if !slices.Contains([]string{warn, string(admissionregistrationv1.Audit), deny}, word) {
			return fmt.Errorf("%q is not one of Warn, Audit and Deny", word)
		}
		if slices.Contains(words[:i], word) {
			return fmt.Errorf("%s is there twice", word)
		}
	}
	if slices.Contains(words, deny) && slices.Contains(words, warn) {
		return fmt.Errorf("the API server does not take both Deny and Warn: a refusal says why already")
	}
	*a = words
	return nil
}

func (a *actions) Type() string { return "actions" }

// manifest returns the field of a binding.
func (a actions) manifest() string {
	return "validationActions: [" + strings.Join(a, ", ") + "]"
}
