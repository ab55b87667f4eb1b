package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/terminal"
)

// mutated returns the text of the file with what changes.
func (f *file) mutated() string {
	return manifest.Splice(f.text, f.edits)
}

// printYAML prints the files as they are with what changes, as one stream of
// documents.
func printYAML(w io.Writer, files []*file) error {
	for i, f := range files {
		text := f.mutated()
		if i > 0 {
			text = separator(text) + text
		}
		if i < len(files)-1 && text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// separator returns what has to stand between a file and text, the one after
// it. Directives may only follow the mark of a document's end:
// https://yaml.org/spec/1.2.2/#91-documents
func separator(text string) string {
	switch {
	case strings.HasPrefix(text, "---"):
		return ""
	case strings.HasPrefix(text, "%"):
		return "...\n"
	default:
		return "---\n"
	}
}

// printJSON prints a JSON value for each document, whatever it is written in.
// Documents without content have none.
func printJSON(w io.Writer, files []*file) error {
	for _, f := range files {
		for _, document := range manifest.Split(f.mutated()) {
			data, err := documentJSON(document)
			if err != nil {
				return f.locate(document, err)
			}
			if data == nil {
				continue
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, data, "", "    "); err != nil {
				return f.locate(document, err)
			}
			if _, err := fmt.Fprintln(w, &indented); err != nil {
				return err
			}
		}
	}
	return nil
}

func documentJSON(document manifest.Document) ([]byte, error) {
	parsed, err := document.Parse()
	if err != nil {
		return nil, err
	}
	return parsed.JSON()
}

// objectPatch is what dualstack mutate -o patch says about an object.
type objectPatch struct {
	File     string `json:"file"`
	Document int    `json:"document"`
	// Path is that of the object in the document, in a List.
	Path      string `json:"path,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	// Patch has paths from the object on.
	Patch []jsonpatch.Operation `json:"patch"`
	Notes []noteLine            `json:"notes"`
	// Advice is about what is never changed, so an object may have nothing else.
	Advice []adviceLine `json:"advice,omitempty"`
}

// noteLine is a note for programs.
type noteLine struct {
	Code     mutate.Code `json:"code"`
	Path     string      `json:"path,omitempty"`
	Part     string      `json:"part,omitempty"`
	Old      string      `json:"old,omitempty"`
	New      string      `json:"new,omitempty"`
	Sentence string      `json:"sentence"`
	Cure     string      `json:"cure,omitempty"`
}

// adviceLine is a finding for programs.
type adviceLine struct {
	Code     audit.Code `json:"code"`
	Path     string     `json:"path,omitempty"`
	Value    string     `json:"value,omitempty"`
	Sentence string     `json:"sentence"`
	Cure     string     `json:"cure"`
}

// printPatches prints an array with an element for each object that there is a
// decision or advice about.
func printPatches(w io.Writer, files []*file) error {
	patches := []objectPatch{}
	for _, f := range files {
		for _, o := range f.objects {
			p := objectPatch{
				File: f.name, Document: o.document, Path: o.path, Kind: o.kind, Namespace: o.namespace, Name: o.name,
				Patch: []jsonpatch.Operation{}, Notes: []noteLine{},
			}
			p.Patch = append(p.Patch, o.result.Patch...)
			for _, n := range o.result.Notes {
				p.Notes = append(p.Notes, noteLine{n.Code, string(n.Path), n.Part, n.Old, n.New, n.Sentence(), n.WhatToDo()})
			}
			for _, a := range o.advice {
				p.Advice = append(p.Advice, adviceLine{a.Code, string(a.Path), a.Value, a.Code.Sentence(), a.Code.Cure()})
			}
			patches = append(patches, p)
		}
	}
	encoder := json.NewEncoder(terminal.JSON{Writer: w})
	encoder.SetIndent("", "  ")
	return encoder.Encode(patches)
}

// printNotes prints a table with a line for each decision, and for each piece of
// advice.
func printNotes(w io.Writer, files []*file) error {
	table := terminal.NewTable(w)
	table.Line("OBJECT", "PART", "CODE", "FIELD", "WHERE", "MEANING")
	for _, f := range files {
		for _, o := range f.objects {
			line := func(part, code string, path patch.Path, meaning string) {
				where := fmt.Sprintf("%s:%d", f.name, o.line)
				table.Line(describe(o.kind, o.namespace, o.name), part, code, string(path), where, meaning)
			}
			for _, n := range o.result.Notes {
				line(n.Part, string(n.Code), n.Path, withCure(n.Sentence()+values(n.Old, n.New), n.WhatToDo()))
			}
			for _, a := range o.advice {
				line("", string(a.Code), a.Path, withCure(a.Code.Sentence()+values(a.Value, a.Value), a.Code.Cure()))
			}
		}
	}
	return table.Flush()
}

// values returns what a field was and what it becomes, behind a sentence; where it is
// new, or stays, the one value.
func values(before, after string) string {
	switch {
	case after == "":
		return ""
	case before == "" || before == after:
		return fmt.Sprintf(": %q", after)
	default:
		return fmt.Sprintf(": %q -> %q", before, after)
	}
}

// code is one of a decision or of advice.
type code interface {
	Sentence() string
	Cure() string
}

// meaning returns a code's sentence, and what to do about it.
func meaning(code code) string { return withCure(code.Sentence(), code.Cure()) }

// withCure returns a sentence, and what to do about it.
func withCure(sentence, cure string) string {
	if cure == "" {
		return sentence
	}
	return sentence + ". " + cure
}
