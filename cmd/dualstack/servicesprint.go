package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/terminal"
)

// servicePrinter shows a plan.
type servicePrinter struct {
	direction direction
	color     bool
}

func (p servicePrinter) print(how string, w io.Writer, services []*plannedService) error {
	switch how {
	case "json":
		return p.json(w, services)
	case "diff":
		p.diff(w, services)
	default:
		p.table(w, services)
	}
	return nil
}

// table prints a line for each Service that changes, or that there is something
// to say about, and what that comes to.
func (p servicePrinter) table(w io.Writer, services []*plannedService) {
	table := terminal.NewTable(w)
	header := []string{"NAMESPACE", "SERVICE", "NOW", "THEN", "CODE", "MEANING"}
	for _, s := range services {
		if s.plan.Reason == p.direction.nothing {
			continue
		}
		then := "-"
		if s.plan.Changes() {
			then = s.plan.To.String()
		}
		if header != nil {
			table.Line(header...)
			header = nil
		}
		table.Line(s.Namespace, s.Name, s.plan.From.String(), then, fmt.Sprint(s.plan.Reason), explain(s.plan))
	}
	_ = table.Flush() // Its writer's next error says the same.
	p.summary(w, services)
}

// explain says why, which Pods stand against it, and what else there is to say.
func explain(plan audit.Plan) string {
	text := meaning(plan.Reason)
	if len(plan.Pods) > 0 {
		const shown = 3
		names := strings.Join(plan.Pods[:min(shown, len(plan.Pods))], ", ")
		if more := len(plan.Pods) - shown; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		text += " (" + names + ")"
	}
	also := []string{text}
	for _, note := range plan.Notes {
		also = append(also, string(note.Code)+": "+note.Code.Sentence())
	}
	return strings.Join(also, "; ")
}

// summary says how many Services there are of each kind.
func (p servicePrinter) summary(w io.Writer, services []*plannedService) {
	var change, nothing int
	for _, s := range services {
		switch {
		case s.plan.Changes():
			change++
		case s.plan.Reason == p.direction.nothing:
			nothing++
		}
	}
	fmt.Fprintf(w, "%s to %s, %d left alone, %d %s\n", countServices(change), strings.ToLower(p.direction.verb),
		len(services)-change-nothing, nothing, p.direction.nothingLeft)
}

func countServices(n int) string {
	if n == 1 {
		return "1 Service"
	}
	return fmt.Sprintf("%d Services", n)
}
