package manifest

import "strings"

// A flowSpan is where the parts of a flow collection are.
type flowSpan struct {
	open, close int
	// last is the end of the last thing before the closing bracket that is
	// neither white space nor a comment: the opening bracket, the last member
	// or element, or the comma after it.
	last     int
	comma    bool
	comments bool
}

// empty reports whether there is nothing between the brackets but white space
// and comments.
func (s flowSpan) empty() bool {
	return s.last == s.open+1
}

// scanFlow finds the end of the flow collection whose opening bracket is at
// open. It knows what may hide a bracket, and no more of the grammar.
func scanFlow(text string, open int) (flowSpan, bool) {
	span := flowSpan{open: open, last: open + 1}
	if open >= len(text) || text[open] != '{' && text[open] != '[' {
		// The mapping of "[a: b]" has no brackets.
		return span, false
	}
	depth := 0
	for at := open; at < len(text); {
		c := text[at]
		if isWhite(c) {
			at++
			continue
		}
		if c == '#' {
			span.comments = true
			at = lineBreak(text, at)
			continue
		}
		if c == '}' || c == ']' {
			if depth--; depth == 0 {
				span.close = at
				return span, true
			}
		}
		if c == '{' || c == '[' {
			depth++
		}
		span.comma = c == ',' && depth == 1
		end, ok := flowTokenEnd(text, at)
		if !ok {
			return span, false
		}
		at, span.last = end, end
	}
	return span, false
}

// flowTokenEnd returns the end of the token that begins at at.
func flowTokenEnd(text string, at int) (int, bool) {
	switch c := text[at]; c {
	case '"':
		return doubleQuotedEnd(text, at)
	case '\'':
		return singleQuotedEnd(text, at)
	case '&', '!', '*':
		return propertyEnd(text, at), true
	case ',', '[', ']', '{', '}', ':', '?':
		return at + 1, true
	}
	return flowPlainEnd(text, at), true
}

// flowPlainEnd returns the end of the plain scalar at at. Quotes inside one are
// plain characters.
func flowPlainEnd(text string, at int) int {
	end := at
	for i := at; i < len(text); i++ {
		switch c := text[i]; {
		case isWhite(c):
			continue
		case strings.IndexByte(",[]{}", c) >= 0:
			return end
		case c == '#' && i > at && isWhite(text[i-1]):
			return end
		case c == ':' && i+1 < len(text) && (isWhite(text[i+1]) || strings.IndexByte(",?[]{}", text[i+1]) >= 0):
			return max(end, at+1)
		}
		end = i + 1
	}
	return end
}

func doubleQuotedEnd(text string, at int) (int, bool) {
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1, true
		}
	}
	return 0, false
}

func singleQuotedEnd(text string, at int) (int, bool) {
	for i := at + 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 == len(text) || text[i+1] != '\'' {
			return i + 1, true
		}
		i++
	}
	return 0, false
}

// propertyEnd returns the end of the anchor, tag or alias at at.
func propertyEnd(text string, at int) int {
	if strings.HasPrefix(text[at:], "!<") {
		if i := strings.IndexByte(text[at:], '>'); i >= 0 {
			return at + i + 1
		}
	}
	for at++; at < len(text) && !isWhite(text[at]) && strings.IndexByte(",[]{}", text[at]) < 0; {
		at++
	}
	return at
}

// lineBreak returns where the line that at is on ends, before its line break.
func lineBreak(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		at += i
	} else {
		at = len(text)
	}
	return at
}
