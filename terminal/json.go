package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON is a writer of JSON, which takes whole texts with each Write, as an encoder
// does. What Printable would escape it escapes as JSON does, so that the text means the
// same: outside of strings JSON has nothing of the kind.
type JSON struct{ io.Writer }

// Write writes a text of JSON.
func (j JSON) Write(text []byte) (int, error) {
	if _, err := io.WriteString(j.Writer, escapeJSON(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

func escapeJSON(text string) string {
	shown := func(r rune) bool { return r == '\n' || isShown(r) }
	if strings.IndexFunc(text, func(r rune) bool { return !shown(r) }) < 0 {
		return text
	}
	var out []byte
	for _, r := range text {
		high, low := utf16.EncodeRune(r)
		switch {
		case shown(r):
			out = utf8.AppendRune(out, r)
		case high != utf8.RuneError:
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return string(out)
}
