package main

import (
	_ "embed"
	"strings"

	"github.com/dualstack-dev/webhook/audit"
)

// auditPage is the page without its codes.
//
//go:embed audit.md
var auditPage string

// findings returns the page about what an audit says.
func findings() string {
	const header = "<!-- Generated from audit/state.go, audit/servicecode.go and test/docs/audit.md by make generate. -->\n"
	var states, services strings.Builder
	for _, code := range audit.StateCodes() {
		writeCode(&states, string(code), code.Sentence(), code.Cure())
	}
	for _, code := range audit.ServiceCodes() {
		writeCode(&services, string(code), code.Sentence(), code.Cure())
	}
	page := strings.Replace(auditPage, "{{states}}\n", states.String(), 1)
	return header + strings.Replace(page, "{{services}}\n", services.String(), 1)
}
