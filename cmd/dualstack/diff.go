package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/terminal"
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
	// terminal says that people read it. Programs such as patch want the lines as
	// they are in the file.
	terminal bool
}

func (p diffPrinter) print(w io.Writer, files []*file) error {
	for _, f := range files {
		hunks := manifest.Unified(f.text, f.edits)
		if hunks == "" {
			continue
		}
		if p.terminal {
			hunks = printableLines(hunks)
		}
		header := fmt.Sprintf("--- %[1]s\n+++ %[1]s\n", terminal.Printable(f.name))
		if p.color {
			header, hunks = paint(header, bold), paintHunks(hunks)
		}
		if _, err := io.WriteString(w, header+hunks); err != nil {
			return err
		}
	}
	return nil
}

// printableLines returns the lines of a diff for a terminal.
func printableLines(lines string) string {
	var printable strings.Builder
	for line := range strings.Lines(lines) {
		printable.WriteString(terminal.PrintableLine(line))
	}
	return printable.String()
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
