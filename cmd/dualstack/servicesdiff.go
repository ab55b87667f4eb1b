package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/terminal"
)

// diff prints what changes of each Service, and what is left as comments.
func (p servicePrinter) diff(w io.Writer, services []*plannedService) {
	for _, s := range services {
		if !s.plan.Changes() || s.plan.Patch == nil {
			continue
		}
		header := fmt.Sprintf("--- %[1]s\n+++ %[1]s\n", terminal.Printable(s.Namespace+"/"+s.Name))
		hunk := excerpt(s).hunk()
		if p.color {
			header, hunk = paint(header, bold), paintHunks(hunk)
		}
		fmt.Fprint(w, header, hunk)
	}
	p.summary(w, services)
}

// diffLines are lines of a Service, with a minus, a plus or a blank before each.
type diffLines []string

// excerpt returns the fields of the Service that are ever changed. The families
// are what the API server makes of the patch.
func excerpt(s *plannedService) (lines diffLines) {
	lines.both("apiVersion: v1", "kind: Service", "metadata:")
	status, marked := s.Annotations[mutate.KeyStatus]
	var old, now []string
	if marked {
		old = []string{"    " + mutate.KeyStatus + ": " + status}
	}
	if s.plan.Mark != "" {
		now = []string{"    " + mutate.KeyStatus + ": " + s.plan.Mark}
	}
	if len(s.Annotations) > 0 {
		lines.both("  annotations:")
	} else {
		now = append([]string{"  annotations:"}, now...)
	}
	lines.change(old, now)
	lines.both("  name: "+s.Name, "  namespace: "+s.Namespace, "spec:")
	families := func(stack audit.Stack) []string {
		list := []string{"  ipFamilies:"}
		for _, family := range stack.Families {
			list = append(list, "  - "+string(family))
		}
		return list
	}
	from, to := families(s.plan.From), families(s.plan.To)
	shared := min(len(from), len(to))
	lines.both(from[:shared]...)
	lines.change(from[shared:], to[shared:])
	lines.change(policyLine(s.plan.From.Policy), policyLine(s.plan.To.Policy))
	return lines
}

func policyLine(policy corev1.IPFamilyPolicy) []string {
	return []string{"  ipFamilyPolicy: " + string(policy)}
}

func (l *diffLines) both(lines ...string) {
	for _, line := range lines {
		*l = append(*l, " "+line)
	}
}

func (l *diffLines) change(old, now []string) {
	if slices.Equal(old, now) {
		l.both(old...)
		return
	}
	for _, line := range old {
		*l = append(*l, "-"+line)
	}
	for _, line := range now {
		*l = append(*l, "+"+line)
	}
}

// hunk returns the lines as the only hunk of a unified diff.
func (l diffLines) hunk() string {
	var old, now int
	var text strings.Builder
	for _, line := range l {
		text.WriteString(terminal.Printable(line) + "\n")
		if line[0] != '+' {
			old++
		}
		if line[0] != '-' {
			now++
		}
	}
	return fmt.Sprintf("@@ -1,%d +1,%d @@\n", old, now) + text.String()
}
