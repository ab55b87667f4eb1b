package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// notes is the page of codes.
func notes() string {
	var page strings.Builder
	page.WriteString(`<!-- Generated from mutate/note.go and audit/finding.go by make generate. -->
# Notes

Every decision has a code, also the decision to leave something alone. The same code stands in the output of
` + "`dualstack mutate -o notes`" + `, in the warning that kubectl shows, in the metric ` + "`dualstack_notes_total{code}`" + `, and as an
audit annotation of the API server. Codes are never renamed.

`)
	sections := []struct {
		kind        mutate.Kind
		title, text string
	}{
		{mutate.Change, "Changes", "What a field becomes, or in a namespace that only reports, would become."},
		{mutate.Refuse, "Refusals", "A change was due and is not safe, so nothing changes. kubectl shows a warning."},
		{mutate.Leave, "Left alone", "There is nothing to do, or the author chose otherwise."},
	}
	for _, section := range sections {
		fmt.Fprintf(&page, "## %s\n\n%s\n", section.title, section.text)
		for _, code := range mutate.Codes() {
			if code.Kind() != section.kind {
				continue
			}
			writeCode(&page, string(code), code.Sentence(), code.Cure())
		}
		page.WriteString("\n")
	}
	writeLimits(&page)
	page.WriteString(adviceSection)
	for _, code := range audit.Codes() {
		writeCode(&page, string(code), code.Sentence(), code.Cure())
	}
	return page.String()
}

// writeLimits writes how much of an object is looked at.
func writeLimits(page *strings.Builder) {
	page.WriteString("## Limits\n\nAn object that is over one of these limits is left alone, with the code [`over-limit`](#over-limit). No object that a cluster can run\nreaches them; they keep what a hostile one costs small.\n\n| at most | |\n|---|---|\n")
	for _, limit := range mutate.Limits() {
		fmt.Fprintf(page, "| %s | %s |\n", thousands(limit.Max), limit.Of)
	}
	page.WriteString("\n")
}

// thousands writes a number with commas: 262,144.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// adviceSection begins the section about what is never changed.
const adviceSection = `## Advice

About what is never changed: addresses in Pods, and what their authors tell their proxies; network policies; objects of Istio's own; and
load balancers that exist. ` + "`dualstack audit`" + ` has it, and ` + "`dualstack mutate -o notes`" + `
beside the decisions, and ` + "`-o patch`" + ` in the member ` + "`advice`" + ` of the object; there it is no change for ` + "`--exit-code`" + `. An object with the
label ` + "`dualstack.dev/mode: \"off\"`" + ` gets none. [Findings](audit.md) has the other codes of an audit.

What a list of IP blocks in an
[AuthorizationPolicy](https://istio.io/latest/docs/reference/config/security/authorization-policy/) does to requests of the family that it does not
have depends on the action:

| action | the list is in ` + "`ipBlocks`, `remoteIpBlocks`, `values`" + ` | the list is in ` + "`notIpBlocks`, `notRemoteIpBlocks`, `notValues`" + ` |
|---|---|---|
| ALLOW | denied: ` + "`authorization-shuts-out`" + ` | allowed: ` + "`authorization-lets-in`" + ` |
| DENY | not denied: ` + "`authorization-lets-in`" + ` | denied: ` + "`authorization-shuts-out`" + ` |
| CUSTOM | the provider is not asked: ` + "`authorization-lets-in`" + ` | the provider is asked: ` + "`authorization-one-family`" + ` |
| AUDIT | not audited: ` + "`authorization-one-family`" + ` | audited: ` + "`authorization-one-family`" + ` |
`

func writeCode(page *strings.Builder, code, sentence, cure string) {
	fmt.Fprintf(page, "\n### %s\n\n%s.", code, capitalised(sentence))
	if cure != "" {
		fmt.Fprintf(page, "\n\nWhat to do: %s", cure)
	}
	page.WriteString("\n")
}

func capitalised(sentence string) string {
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}
