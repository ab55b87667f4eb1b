package manifest

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// newJSONDecoder returns a decoder that reads JSON as it is: what a repeated
// name means is a question only for those who look for it, and so is half of a
// surrogate pair. The bytes are checked elsewhere.
func newJSONDecoder(text string) *jsontext.Decoder {
	return jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// splitJSON cuts chunk after each JSON value, if it holds nothing but JSON
// values; otherwise it is one document.
func splitJSON(chunk string) []string {
	begin := jsonStart(chunk)
	if begin == len(chunk) || chunk[begin] != '{' && chunk[begin] != '[' {
		return []string{chunk}
	}
	var texts []string
	decoder := newJSONDecoder(chunk[begin:])
	cut := 0
	for {
		if decoder.SkipValue() != nil {
			return []string{chunk}
		}
		end := begin + int(decoder.InputOffset())
		if isJSONEnd(chunk, end) {
			return append(texts, chunk[cut:])
		}
		end = restOfLine(chunk, end)
		texts = append(texts, chunk[cut:end])
		cut = end
	}
}

// jsonStart returns where the first value of text begins, if text is JSON:
// after a byte order mark, blank lines, comments and "---".
func jsonStart(text string) int {
	at := 0
	if strings.HasPrefix(text, byteOrderMark) {
		at = len(byteOrderMark)
	}
	return skipBlank(text, at, "---")
}

// isJSONEnd reports whether nothing follows a value that ends at at but
// comments, blank lines and "...".
func isJSONEnd(text string, at int) bool {
	return skipBlank(text, at, "...") == len(text)
}

// skipBlank returns where at leads to past white space, comments and lines that
// begin with marker.
func skipBlank(text string, at int, marker string) int {
	for at < len(text) {
		switch {
		case isWhite(text[at]):
			at++
		case text[at] == '#':
			for at < len(text) && text[at] != '\n' {
				at++
			}
		case beginsLine(text, at) && isMarker(text[at:], marker):
			at += len(marker)
		default:
			return at
		}
	}
	return at
}

// beginsLine reports whether nothing but a byte order mark stands before at on
// its line.
func beginsLine(text string, at int) bool {
	before := strings.TrimSuffix(text[:at], byteOrderMark)
	return before == "" || strings.HasSuffix(before, "\n")
}

// restOfLine returns the end of the line that at is on, or at itself when more
// than white space follows.
func restOfLine(text string, at int) int {
	end := lineEnd(text, at)
	if strings.TrimSpace(text[at:end]) != "" {
		return at
	}
	return end
}
