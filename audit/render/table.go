package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/terminal"
)

// Table writes the report for a terminal: what is known, the findings, the next
// steps, and what the codes mean, each once.
func Table(w io.Writer, report *audit.Report) error {
	t := table{terminal.NewTable(w)}
	t.cluster(report)
	for _, n := range report.Namespaces {
		t.namespace(n)
	}
	t.meanings(report)
	if len(report.Namespaces) == 0 && !report.HasFindings() {
		t.Line("")
		t.Line("No namespace has opted in: kubectl label namespace NAME dualstack.dev/mode=report")
	}
	if !report.HasFindings() {
		t.Line("")
		t.Line("Nothing was found.")
	}
	return t.Flush()
}

// table is the report's.
type table struct{ *terminal.Table }

func (t table) cluster(report *audit.Report) {
	c := report.Cluster
	t.Line("CLUSTER")
	t.Line("two IP families", c.DualStack)
	for _, r := range c.Istio {
		t.Line("istiod "+r.Name, r.DualStack)
	}
	for _, r := range c.ServiceRanges {
		t.Line("Services "+r.CIDR, addresses(r))
	}
	t.findings(report.Findings)
}

// addresses returns how many of a range are used and left.
func addresses(r audit.ServiceRange) string {
	if r.Plenty() {
		return fmt.Sprintf("%d used, plenty left", r.Used)
	}
	return fmt.Sprintf("%d used, %d left", r.Used, r.Left)
}

func (t table) namespace(n audit.Namespace) {
	t.Line("")
	t.Line(fmt.Sprintf("NAMESPACE %s: mode %s, %s, %s", n.Name, n.Mode, pods(n.Pods), services(n.Services)))
	t.findings(n.Findings)
	if len(n.Next) > 0 {
		t.Line("")
		t.Line("NEXT in " + n.Name)
	}
	for _, step := range n.Next {
		if step.Command == "" {
			t.Line("# " + step.Why)
			continue
		}
		t.Line("# " + step.Why)
		t.Line(step.Command)
	}
}

func pods(p audit.Pods) string {
	text := counted(p.Total, "Pod")
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{p.Outdated, "outdated"}, {p.Blocked, "blocked"}, {p.OptedOut, "opted out"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprint(part.n, " ", part.what))
		}
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

func services(s audit.Services) string {
	return fmt.Sprintf("%s (%d dual-stack)", counted(s.Total, "Service"), s.DualStack)
}

func (t table) findings(entries []audit.Entry) {
	if len(entries) == 0 {
		return
	}
	t.Line("")
	t.Line("LEVEL", "OBJECT", "CODE", "PODS", "DETAIL")
	for _, e := range entries {
		var count string
		if len(e.Pods) > 0 {
			count = fmt.Sprint(len(e.Pods))
		}
		t.Line(e.Level.String(), e.Object.String(), string(e.Code), count, where(e))
	}
}

// where returns the field and its value, or what the API server said instead.
func where(e audit.Entry) string {
	if e.Reason != "" {
		return e.Reason
	}
	if e.Path == "" || e.Value == "" {
		return string(e.Path) + e.Value
	}
	return string(e.Path) + ": " + e.Value
}

// meanings explains the codes that were used.
func (t table) meanings(report *audit.Report) {
	used := map[audit.Code]bool{}
	for _, r := range all(report) {
		used[r.Code] = true
	}
	if len(used) == 0 {
		return
	}
	t.Line("")
	t.Line("CODE", "MEANING")
	for _, code := range slices.Sorted(maps.Keys(used)) {
		t.Line(string(code), strings.TrimSuffix(code.Sentence()+". "+code.Cure(), " "))
	}
}
