package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// context is how many lines that do not change stand around those that do.
const context = 3

// Unified returns the hunks of the unified diff that edits, which are in the
// order of text and do not overlap, make of it; "" if there are none. There are
// no header lines, which name the files.
func Unified(text string, edits []Edit) string {
	lines := slices.Collect(strings.Lines(text))
	var diff strings.Builder
	for group, shift := changes(text, edits), 0; len(group) > 0; {
		near := 1
		for near < len(group) && group[near].from-group[near-1].to() <= 2*context {
			near++
		}
		shift = writeHunk(&diff, lines, group[:near], shift)
		group = group[near:]
	}
	return diff.String()
}

// A change replaces whole lines, from the line from on, which counts from 0.
type change struct {
	from     int
	old, new []string
}

func (c change) to() int { return c.from + len(c.old) }

// changes widens edits to whole lines, one change for those that share a line.
func changes(text string, edits []Edit) []change {
	var out []change
	line, counted := 0, 0
	for len(edits) > 0 {
		from, to := wholeLines(text, edits[0])
		several := 1
		for ; several < len(edits); several++ {
			next, end := wholeLines(text, edits[several])
			if next >= to {
				break
			}
			to = max(to, end)
		}
		shifted := slices.Clone(edits[:several])
		for i := range shifted {
			shifted[i].From -= from
			shifted[i].To -= from
		}
		line += strings.Count(text[counted:from], "\n")
		counted = from
		c := change{
			from: line,
			old:  slices.Collect(strings.Lines(text[from:to])),
			new:  slices.Collect(strings.Lines(Splice(text[from:to], shifted))),
		}
		out = appendChange(out, c.trim())
		edits = edits[several:]
	}
	return out
}

// appendChange adds c to changes, as a part of the last one if it follows
// directly.
func appendChange(changes []change, c change) []change {
	last := len(changes) - 1
	switch {
	case len(c.old)+len(c.new) == 0:
	case last >= 0 && changes[last].to() == c.from:
		changes[last].old = append(changes[last].old, c.old...)
		changes[last].new = append(changes[last].new, c.new...)
	default:
		changes = append(changes, c)
	}
	return changes
}

// wholeLines returns the lines that e touches. An edit at the start of a line
// that ends one touches none.
func wholeLines(text string, e Edit) (from, to int) {
	from = strings.LastIndexByte(text[:e.From], '\n') + 1
	if e.To == from && (strings.HasSuffix(e.Text, "\n") || e.To == len(text)) {
		return from, from
	}
	if e.To > from && text[e.To-1] == '\n' && (e.Text == "" || strings.HasSuffix(e.Text, "\n")) {
		return from, e.To
	}
	if i := strings.IndexByte(text[e.To:], '\n'); i >= 0 {
		return from, e.To + i + 1
	}
	return from, len(text)
}

// trim leaves out the lines that c does not change at its ends.
func (c change) trim() change {
	for len(c.old) > 0 && len(c.new) > 0 && c.old[0] == c.new[0] {
		c.from++
		c.old, c.new = c.old[1:], c.new[1:]
	}
	for len(c.old) > 0 && len(c.new) > 0 && c.old[len(c.old)-1] == c.new[len(c.new)-1] {
		c.old, c.new = c.old[:len(c.old)-1], c.new[:len(c.new)-1]
	}
	return c
}

// writeHunk writes changes that are near each other. Shift is by how many lines
// the text before them has grown; that after them is returned.
func writeHunk(diff *strings.Builder, lines []string, changes []change, shift int) int {
	begin := max(0, changes[0].from-context)
	end := min(len(lines), changes[len(changes)-1].to()+context)
	grown := 0
	for _, c := range changes {
		grown += len(c.new) - len(c.old)
	}
	fmt.Fprintf(diff, "@@ -%s +%s @@\n", hunkRange(begin, end-begin), hunkRange(begin+shift, end-begin+grown))
	at := begin
	for _, c := range changes {
		writeLines(diff, ' ', lines[at:c.from])
		writeLines(diff, '-', c.old)
		writeLines(diff, '+', c.new)
		at = c.to()
	}
	writeLines(diff, ' ', lines[at:end])
	return shift + grown
}

// hunkRange spells a range of lines that begins at the line from, which counts
// from 0. One without lines is said to stand after the line before it:
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/diff.html
func hunkRange(from, lines int) string {
	switch lines {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, lines)
}

func writeLines(diff *strings.Builder, mark byte, lines []string) {
	for _, line := range lines {
		diff.WriteByte(mark)
		diff.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			diff.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
