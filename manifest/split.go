package manifest

import "strings"

// byteOrderMark is that of UTF-8. It may begin every document, since files are
// made by putting others one after the other.
const byteOrderMark = "\ufeff"

// A Document is a part of a file that holds one YAML or JSON document, with
// the comments, directives and markers around it.
type Document struct {
	// Text is the document's part of the file.
	Text string
	// Index is the document's place in the file; that of the first is 1.
	Index int
	// Offset is how many bytes of the file stand before Text.
	Offset int
	// Line is the line of the file on which Text begins; the first is 1.
	Line int

	items *items // nil unless it is a part of a List
}

// Split cuts text into documents. Their texts, one after the other, are text,
// byte for byte. YAML documents begin at a "---" marker or after a "..."
// marker; JSON values may also follow each other without one. Comments before
// the first marker belong to the document after it.
//
// Nothing is read but markers: every file can be split, and what is no
// manifest is for Parse to report.
func Split(text string) []Document {
	var documents []Document
	line, offset := 1, 0
	for _, chunk := range splitYAML(text) {
		for _, text := range splitJSON(chunk) {
			documents = append(documents, Document{Text: text, Index: len(documents) + 1, Offset: offset, Line: line})
			offset += len(text)
			line += strings.Count(text, "\n")
		}
	}
	return documents
}

// splitYAML cuts text at the markers.
func splitYAML(text string) []string {
	var chunks []string
	begin := 0
	begun := false // whether the document at begin has a marker or content
	for at := 0; at < len(text); {
		end := lineEnd(text, at)
		switch kind := classify(text[at:end]); {
		case kind == documentStart && begun:
			chunks = append(chunks, text[begin:at])
			begin = at
		case kind == documentStart || kind == contentLine:
			begun = true
		case kind == documentEnd && begun:
			chunks = append(chunks, text[begin:end])
			begin, begun = end, false
		}
		at = end
	}
	switch {
	case begin == len(text):
		return chunks
	case begun || len(chunks) == 0:
		return append(chunks, text[begin:])
	}
	// Only comments and blank lines are left after a "...": they are no
	// document of their own.
	last := len(chunks) - 1
	chunks[last] = text[begin-len(chunks[last]):]
	return chunks
}

// lineKind is what a line means to the boundaries of documents.
type lineKind int

const (
	otherLine lineKind = iota // blank, a comment, or a directive
	contentLine
	documentStart
	documentEnd
)

func classify(line string) lineKind {
	line = strings.TrimPrefix(line, byteOrderMark)
	switch {
	case isMarker(line, "---"):
		return documentStart
	case isMarker(line, "..."):
		return documentEnd
	case len(line) > 0 && line[0] == '%':
		return otherLine
	}
	line = strings.TrimLeft(line, " \t\r\n")
	if len(line) == 0 || line[0] == '#' {
		return otherLine
	}
	return contentLine
}

// isMarker reports whether line is marker, alone or followed by white space.
func isMarker(line, marker string) bool {
	if !strings.HasPrefix(line, marker) {
		return false
	}
	return len(line) == len(marker) || isWhite(line[len(marker)])
}

// isWhite reports whether c separates tokens.
func isWhite(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

// lineEnd returns where the line of text that at is on ends, its line feed
// included.
func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}
