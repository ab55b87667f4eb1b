package main

import (
	"fmt"
	"strings"

	"github.com/dualstack-dev/webhook/mutate"
)

// notes is the page of codes.
func notes() string {
	var page strings.Builder
	page.WriteString(`<!-- Generated from mutate/note.go by make generate. -->
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
			fmt.Fprintf(&page, "\n### %s\n\n%s.", code, capitalised(code.Sentence()))
			if code.Cure() != "" {
				fmt.Fprintf(&page, "\n\nWhat to do: %s", code.Cure())
			}
			page.WriteString("\n")
		}
		page.WriteString("\n")
	}
	return strings.TrimSuffix(page.String(), "\n")
}

func capitalised(sentence string) string {
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}
