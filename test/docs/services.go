package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/dualstack-dev/webhook/mutate"
)

// servicesPage is the page without its rows.
//
//go:embed services.md
var servicesPage string

// services returns the page about Services, with the table that decides.
func services() string {
	const header = "<!-- Generated from mutate/servicerows.go and test/docs/services.md by make generate. -->\n"
	return header + strings.Replace(servicesPage, "{{rows}}\n", serviceRows(), 1)
}

func serviceRows() string {
	var b strings.Builder
	fmt.Fprint(&b, "| row | when | writes | code |\n|---|---|---|---|\n")
	for _, row := range mutate.ServiceRows() {
		writes := "nothing"
		if len(row.Writes) > 0 {
			var fields []string
			for _, path := range row.Writes {
				fields = append(fields, "`"+strings.ReplaceAll(strings.TrimPrefix(string(path), "/"), "/", ".")+"`")
			}
			writes = strings.Join(fields, ", ")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | [`%s`](notes.md#%s) |\n", row.ID, row.When, writes, row.Code, row.Code)
	}
	return b.String()
}
