package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// sidecarsPage is the page without what is made from the profiles.
//
//go:embed sidecars.md
var sidecarsPage string

// outcomes are the outcomes for people, in the order of the overview.
var outcomes = []struct {
	outcome sidecar.Outcome
	text    string
}{
	{sidecar.Rewritten, "rewritten"},
	{sidecar.AlreadyDual, "already dual-stack"},
	{sidecar.OwnSwitch, "by its project's own switch"},
	{sidecar.Refused, "refused"},
	{sidecar.Recognised, "recognised, not known"},
}

// sidecars returns the page about sidecars, with a section for each profile.
func sidecars() (string, error) {
	set, err := sidecar.Builtin()
	if err != nil {
		return "", err
	}
	profiles := slices.SortedFunc(slices.Values(set.All()), func(a, b *sidecar.Profile) int { return strings.Compare(a.Name, b.Name) })
	var overview, sections strings.Builder
	fmt.Fprint(&overview, "| sidecar | containers | what becomes of it |\n|---|---|---|\n")
	for _, outcome := range outcomes {
		for _, p := range profiles {
			if p.Outcome == outcome.outcome {
				fmt.Fprintf(&overview, "| [%s](#%s) | %s | %s |\n", p.Title, p.Name, containers(p), outcome.text)
			}
		}
	}
	for _, p := range profiles {
		writeProfile(&sections, p)
	}
	const header = "<!-- Generated from mutate/sidecar and test/docs/sidecars.md by make generate. -->\n"
	page := strings.Replace(sidecarsPage, "{{overview}}\n", overview.String(), 1)
	return header + strings.Replace(page, "{{profiles}}\n", sections.String(), 1), nil
}

func containers(p *sidecar.Profile) string {
	names := slices.Clone(p.Containers)
	for _, prefix := range p.Prefixes {
		names = append(names, prefix+"*")
	}
	return codeList(names)
}

func codeList(words []string) string {
	return "`" + strings.Join(words, "`, `") + "`"
}

// anyOf returns what a Pod has one of.
func anyOf(w sidecar.Where) string {
	words := slices.Concat(w.Annotations, w.Labels, w.Env)
	if len(words) == 1 {
		return codeList(words)
	}
	return "one of " + codeList(words)
}

func writeProfile(page *strings.Builder, p *sidecar.Profile) {
	fmt.Fprintf(page, "### %s\n\n%s: %s\n\n", p.Name, p.Title, p.About)
	fmt.Fprintf(page, "Containers: %s", containers(p))
	if !p.Where.IsZero() {
		fmt.Fprintf(page, ", in a Pod with %s", anyOf(p.Where))
	}
	fmt.Fprint(page, ".\n\n")
	if len(p.Settings) > 0 {
		fmt.Fprint(page, "| setting | written as | becomes | if it is not there | why |\n|---|---|---|---|---|\n")
		for i := range p.Settings {
			writeSetting(page, &p.Settings[i], p.Outcome)
		}
		fmt.Fprintln(page)
	}
	for _, l := range p.CIDRLists {
		fmt.Fprintf(page, "Ranges (`capture-extended`): %s of %s, and the annotation `%s`. %s\n\n", codeList(l.Flags), codeList(l.Containers), l.Annotation, l.Why)
	}
	if !p.Elsewhere.IsZero() {
		fmt.Fprintf(page, "In a Pod with %s something that is not in the Pod has the last word: `sidecar-unknown`.\n\n", anyOf(p.Elsewhere))
	}
	if p.Capture != "" {
		fmt.Fprintf(page, "Without `%s` the redirection is set up outside of the Pod, where it cannot be seen: `capture-elsewhere`.\n\n", p.Capture)
	}
	writeVersion(page, p.Version)
	if p.Cure != "" {
		fmt.Fprintf(page, "What to do: %s\n\n", p.Cure)
	}
	writeVerdicts(page, p)
	fmt.Fprintf(page, "Verified with: %s. Sources: %s.\n\n", p.Verified, links(p.Sources))
}

// writeVerdicts writes what the status of a Pod can say of the sidecar, in the order
// in which the reasons count.
func writeVerdicts(page *strings.Builder, p *sidecar.Profile) {
	codes := mutate.SidecarCodes(p)
	if len(p.CIDRLists) > 0 {
		codes = append(codes, mutate.CodeCaptureOpen)
	}
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = fmt.Sprintf("`%s`", code.Verdict())
		if !strings.HasSuffix(code.Verdict(), string(code)) {
			words[i] += fmt.Sprintf(" (`%s`)", code)
		}
		words[i] = fmt.Sprintf("[%s](notes.md#%s)", words[i], code)
	}
	fmt.Fprintf(page, "Verdicts: %s.\n\n", strings.Join(words, ", "))
}

// writeSetting writes the row of a setting. That of a switch is only read.
func writeSetting(page *strings.Builder, s *sidecar.Setting, outcome sidecar.Outcome) {
	place := "`" + s.String() + "`"
	switch {
	case s.Annotation != "":
		place = annotation(s)
	case s.Env == "":
		place = "argument " + codeList(s.Flags)
	}
	if len(s.Containers) > 0 {
		place += " of " + codeList(s.Containers)
	}
	becomes := "`" + s.Target.String() + "`"
	switch {
	case s.Target.String() == "0.0.0.0 or ::":
		becomes = "stays: `0.0.0.0` and `::` are both families"
	case outcome == sidecar.OwnSwitch:
		becomes = "is read: " + becomes + " is dual-stack"
	}
	if s.Dual.String() != "" {
		becomes += "; `" + s.Dual.String() + "` stays"
	}
	fmt.Fprintf(page, "| %s | %s | %s | %s | %s |\n", place, s.Grammar, becomes, s.Absent, s.Why)
}

// annotation returns where a setting of the Pod stands.
func annotation(s *sidecar.Setting) string {
	place := "annotation `" + s.Annotation + "`"
	if s.Member != "" {
		place = "`" + s.Member + "` in the " + place
	}
	if s.Former != "" {
		place += ", or annotation `" + s.Former + "`"
	}
	return place
}

func writeVersion(page *strings.Builder, v sidecar.Version) {
	if v.Annotation == "" {
		return
	}
	fmt.Fprintf(page, "Versions, from the annotation `%s`: from %s on; another, or none, is `sidecar-version`.", v.Annotation, v)
	for _, b := range v.Broken {
		fmt.Fprintf(page, " Not from %s-%s to before %s-%s: %s", b.Channel, b.From, b.Channel, b.Before, b.Why)
	}
	fmt.Fprint(page, "\n\n")
}

// links returns the URLs with numbers for their texts.
func links(urls []string) string {
	texts := make([]string, len(urls))
	for i, url := range urls {
		texts[i] = fmt.Sprintf("[%d](%s)", i+1, url)
	}
	return strings.Join(texts, ", ")
}
