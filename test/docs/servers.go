package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/dualstack-dev/webhook/mutate/server"
)

//go:embed servers.md
var serversText string

// servers is the page about servers of users' own containers.
func servers() (string, error) {
	known, err := server.Builtin()
	if err != nil {
		return "", err
	}
	var told, others strings.Builder
	others.WriteString("| name | | |\n|---|---|---|\n")
	for _, s := range known {
		if len(s.Settings) > 0 {
			writeServer(&told, s)
			continue
		}
		kind := "in its configuration"
		if s.AlreadyDual {
			kind = "nothing"
		}
		fmt.Fprintf(&others, "| `%s` | %s | %s |\n", s.Name, kind, s.Advice)
	}
	header := "<!-- Generated from mutate/server and test/docs/servers.md by make generate. -->\n"
	text := strings.Replace(serversText, "{{servers}}", strings.TrimSpace(told.String()), 1)
	return header + strings.Replace(text, "{{others}}", strings.TrimSpace(others.String()), 1), nil
}

// writeServer writes a section about a server that can be told.
func writeServer(page *strings.Builder, s server.Server) {
	fmt.Fprintf(page, "### %s\n\n%s.\n\n| setting | written as | of both families | |\n|---|---|---|---|\n", s.Name, strings.ToUpper(s.Title[:1])+s.Title[1:])
	for _, setting := range s.Settings {
		needs := ""
		if setting.NeedsIPv6() {
			needs = "; needs IPv6"
		}
		fmt.Fprintf(page, "| `%s` | %s | `%s`%s | %s |\n", setting, setting.Grammar, setting.Target, needs, setting.Why)
	}
	page.WriteString("\n")
	for _, option := range s.Unless {
		fmt.Fprintf(page, "- Left alone with `%s`: %s\n", option, option.Why)
	}
	if len(s.Unless) > 0 {
		page.WriteString("\n")
	}
	fmt.Fprintf(page, "Sources: %s\n\n", strings.Join(s.Sources, ", "))
}
