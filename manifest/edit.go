package manifest

import (
	"slices"
	"strings"
)

// An Edit replaces the bytes of a text from From to To by Text.
type Edit struct {
	From, To int
	Text     string
}

// Splice returns text with edits, which are in its order and do not overlap,
// applied.
func Splice(text string, edits []Edit) string {
	size := len(text)
	for _, e := range edits {
		size += len(e.Text) - (e.To - e.From)
	}
	var out strings.Builder
	out.Grow(size)
	at := 0
	for _, e := range edits {
		out.WriteString(text[at:e.From])
		out.WriteString(e.Text)
		at = e.To
	}
	out.WriteString(text[at:])
	return out.String()
}

// edit is an Edit that is planned.
type edit struct {
	Edit
	// of is the node that the edit changes, for reports.
	of *node
}

// planned returns the edits without what they are of.
func planned(edits []edit) []Edit {
	out := make([]Edit, len(edits))
	for i, e := range edits {
		out[i] = e.Edit
	}
	return out
}

// order sorts edits by place and reports whether none overlap. Of those at one
// place the earlier comes first: what ends deeper in the document was planned
// first.
func order(edits []edit) bool {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.From - b.From })
	for i := 1; i < len(edits); i++ {
		if edits[i].From < edits[i-1].To {
			return false
		}
	}
	return true
}

// blame returns the edit that has to do with the offset at of the result: the
// last one before it, or the first.
func blame(edits []edit, at int) edit {
	found := edits[0]
	shift := 0
	for _, e := range edits {
		if e.From+shift > at {
			break
		}
		found = e
		shift += len(e.Text) - (e.To - e.From)
	}
	return found
}

// indentation returns the white space that the line of at begins with.
func indentation(text string, at int) string {
	line := text[lineStart(text, at):at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// lineStart returns where the line of at begins, after a byte order mark.
func lineStart(text string, at int) int {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	if start == 0 && strings.HasPrefix(text, byteOrderMark) && at >= len(byteOrderMark) {
		return len(byteOrderMark)
	}
	return start
}

// column returns on which column of its line at is; the first is 0.
func column(text string, at int) int {
	return at - lineStart(text, at)
}
