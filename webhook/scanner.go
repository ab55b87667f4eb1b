package webhook

import (
	"bytes"
	"errors"
)

// scanner finds where the values of a JSON text begin and end.
type scanner struct {
	text []byte
	at   int
	err  error // the first
}

// errSyntax means that the text is not JSON. It does not quote it.
var errSyntax = errors.New("not JSON")

// fail keeps the first error.
func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// peek returns the first byte of what comes next behind space; 0 at the end and after
// an error.
func (s *scanner) peek() byte {
	for s.err == nil && s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// delimiter passes over c, which must come next.
func (s *scanner) delimiter(c byte) {
	if s.peek() != c {
		s.fail(errSyntax)
		return
	}
	s.at++
}

// open passes over the beginning of an object or a list, which must come next, and
// reports whether anything is in it. An empty one it passes over.
func (s *scanner) open(begin, end byte) (more bool) {
	if c := s.peek(); c != begin {
		if c == 0 {
			s.fail(errSyntax)
		}
		s.fail(errShape)
		return false
	}
	s.at++
	if s.peek() == end {
		s.at++
		return false
	}
	return s.err == nil
}

// next passes over what is between two members or elements, and reports whether
// there is another. The end it passes over.
func (s *scanner) next(end byte) (more bool) {
	if s.peek() == end {
		s.at++
		return false
	}
	s.delimiter(',')
	return s.err == nil
}

// value passes over the next value and returns it as it is written. Of an object or a
// list only the end is looked for.
func (s *scanner) value() []byte {
	c := s.peek()
	begin := s.at
	switch c {
	case '{':
		s.skipNested('{', '}')
	case '[':
		if end := endOfFlatList(s.text, begin); end >= 0 {
			s.at = end
			break
		}
		s.skipNested('[', ']')
	case '"':
		return s.quoted()
	default:
		s.skipLiteral()
	}
	if s.err != nil {
		return nil
	}
	return s.text[begin:s.at]
}

// skip passes over the next value.
func (s *scanner) skip() { s.value() }

// quoted passes over the next value, a string, and returns it with its quotes.
func (s *scanner) quoted() []byte {
	if s.peek() != '"' {
		s.fail(errSyntax)
		return nil
	}
	begin := s.at
	end := endOfString(s.text, begin)
	if end < 0 {
		s.fail(errSyntax)
		return nil
	}
	s.at = end
	return s.text[begin:end]
}

// endOfString returns the index behind the string that begins at begin; -1 if it does
// not end.
func endOfString(text []byte, begin int) int {
	for at := begin + 1; ; {
		quote := bytes.IndexByte(text[at:], '"')
		if quote < 0 {
			return -1
		}
		at += quote
		backslashes := 0
		for text[at-1-backslashes] == '\\' {
			backslashes++
		}
		at++
		if backslashes%2 == 0 {
			return at
		}
	}
}

// endOfFlatList returns the index behind the list that begins at begin, if no list and
// no escape is in it, and -1 otherwise: then it ends at the first bracket that an even
// number of quotes is before. Variables and volumes are such lists, and the longest of
// most Pods; to count their quotes takes a tenth of looking at each.
func endOfFlatList(text []byte, begin int) int {
	quotes := 0
	for at := begin + 1; ; {
		bracket := bytes.IndexByte(text[at:], ']')
		if bracket < 0 {
			return -1
		}
		part := text[at : at+bracket]
		if bytes.IndexByte(part, '\\') >= 0 || bytes.IndexByte(part, '[') >= 0 {
			return -1
		}
		at += bracket + 1
		if quotes += bytes.Count(part, []byte{'"'}); quotes%2 == 0 {
			return at
		}
	}
}

// skipNested passes over an object or a list: what is in it ends before it does.
func (s *scanner) skipNested(begin, end byte) {
	text, depth := s.text, 0
	for at := s.at; at < len(text); at++ {
		switch text[at] {
		case '"':
			if at = endOfString(text, at) - 1; at < 0 {
				s.fail(errSyntax)
				return
			}
		case begin:
			depth++
		case end:
			if depth--; depth == 0 {
				s.at = at + 1
				return
			}
		}
	}
	s.fail(errSyntax)
}

// skipLiteral passes over a number, true, false or null.
func (s *scanner) skipLiteral() {
	begin := s.at
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ',', ']', '}', ':', '"', '[', '{', ' ', '\t', '\r', '\n':
			if s.at == begin {
				s.fail(errSyntax)
			}
			return
		}
		s.at++
	}
	if s.at == begin {
		s.fail(errSyntax)
	}
}

// end fails where anything but space is left.
func (s *scanner) end() {
	if s.peek() != 0 || s.err == nil && s.at < len(s.text) {
		s.fail(errors.New("more than one document"))
	}
}
