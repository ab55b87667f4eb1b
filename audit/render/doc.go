// Package render writes an audit's report: as a table for a terminal, as JSON for
// programs, and as one page of HTML that needs nothing but itself.
package render

import (
	"fmt"
	"slices"

	"github.com/dualstack-dev/webhook/audit"
)

// counted returns the number and the noun, in the plural unless it is one.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// all returns the findings of the report with their namespaces, what is to do
// first. Those of the cluster have none.
func all(report *audit.Report) []row {
	var rows []row
	for _, e := range report.Findings {
		rows = append(rows, row{"", e})
	}
	for _, n := range report.Namespaces {
		for _, e := range n.Findings {
			rows = append(rows, row{n.Name, e})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return audit.CompareUrgency(a.Entry, b.Entry) })
	return rows
}

// row is a finding in one list with those of other namespaces.
type row struct {
	Namespace string
	audit.Entry
}
