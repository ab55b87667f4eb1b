package manifest

import (
	"slices"
	"strings"
)

// An edit replaces the text from from to to.
type edit struct {
	from, to int
	text     string
	// of is the node that the edit changes, for reports.
	of *node
}

// splice applies edits, which do not overlap. Of those at one place the earlier
// comes first: what ends deeper in the document was planned first.
func splice(text string, edits []edit) []byte {
	size := len(text)
	for _, e := range edits {
		size += len(e.text)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		out = append(out, text[at:e.from]...)
		out = append(out, e.text...)
		at = e.to
	}
	return append(out, text[at:]...)
}

// order sorts edits by place and reports whether none overlap.
func order(edits []edit) bool {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	for i := 1; i < len(edits); i++ {
		if edits[i].from < edits[i-1].to {
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
		if e.from+shift > at {
			break
		}
		found = e
		shift += len(e.text) - (e.to - e.from)
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
