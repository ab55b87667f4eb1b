package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/dualstack-dev/webhook/manifest"
)

// The colours that git gives the lines of a diff.
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	cyan  = "\x1b[36m"
	plain = "\x1b[m"
)

// diffPrinter prints what changes as a unified diff.
type diffPrinter struct {
	color bool
}

func (p diffPrinter) print(w io.Writer, files []*file) error {
	for _, f := range files {
		hunks := manifest.Unified(f.text, f.edits)
		if hunks == "" {
			continue
		}
		header := fmt.Sprintf("--- %s\n+++ %s\n", f.name, f.name)
		if p.color {
			header, hunks = paint(header, bold), paintHunks(hunks)
		}
		if _, err := io.WriteString(w, header+hunks); err != nil {
			return err
		}
	}
	return nil
}

// paintHunks colours lines by their first character.
func paintHunks(hunks string) string {
	colors := map[byte]string{'@': cyan, '-': red, '+': green}
	var painted strings.Builder
	for line := range strings.Lines(hunks) {
		painted.WriteString(paint(line, colors[line[0]]))
	}
	return painted.String()
}

// paint colours each of lines by itself, so that pagers can cut between them.
func paint(lines, color string) string {
	if color == "" {
		return lines
	}
	var painted strings.Builder
	for line := range strings.Lines(lines) {
		painted.WriteString(color + strings.TrimSuffix(line, "\n") + plain + "\n")
	}
	return painted.String()
}

// useColor reports whether to write colours, by --color, the variable NO_COLOR
// and whether people are there to see them: https://no-color.org/
func useColor(when, noColor string, terminal bool) bool {
	if when != "auto" {
		return when == "always"
	}
	return noColor == "" && terminal
}
