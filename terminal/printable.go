// Package terminal writes text of others for a terminal: names, values and messages
// that come from objects, files and servers. It shows what would move the cursor,
// change the order of the text, or end a line, instead of doing it.
package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns text with an escape such as \u001b in the place of whatever is
// not a graphic character or a space: control characters, C1 ones too, line ends and
// tabs, marks of direction, and bytes that are not UTF-8.
func Printable(text string) string { return printableBut(text, "") }

// printableBut leaves the characters in kept as they are.
func printableBut(text, kept string) string {
	shown := func(r rune) bool { return isShown(r) || strings.ContainsRune(kept, r) }
	if strings.IndexFunc(text, func(r rune) bool { return !shown(r) }) < 0 {
		return text
	}
	var out []byte
	for _, r := range text {
		switch {
		case shown(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			out = fmt.Appendf(out, `\U%08x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return string(out)
}

// isShown reports whether r is a graphic character or a space.
func isShown(r rune) bool { return unicode.IsPrint(r) && r != utf8.RuneError }

// PrintableLine returns a line of a file for a terminal. Its end and its tabs stay.
func PrintableLine(line string) string {
	text, end := cutEnd(line)
	return printableBut(text, "\t") + end
}

func cutEnd(line string) (text, end string) {
	if text, ended := strings.CutSuffix(line, "\n"); ended {
		return text, "\n"
	}
	return line, ""
}

// Lines is a writer to a terminal that takes one line with each Write, as
// fmt.Fprintf does, and loggers.
type Lines struct{ io.Writer }

// Write writes a line.
func (l Lines) Write(line []byte) (int, error) {
	text, end := cutEnd(string(line))
	if _, err := io.WriteString(l.Writer, Printable(text)+end); err != nil {
		return 0, err
	}
	return len(line), nil
}
