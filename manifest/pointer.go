package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// parsePointer returns the tokens of a JSON Pointer (RFC 6901), unescaped.
func parsePointer(pointer string) ([]string, error) {
	p := jsontext.Pointer(pointer)
	if !p.IsValid() {
		return nil, fmt.Errorf("%q is no JSON Pointer", pointer)
	}
	return slices.Collect(p.Tokens()), nil
}

// parseIndex returns the index that token is, of a sequence with that many
// elements.
func parseIndex(token string, length int) (int, bool) {
	i, err := strconv.Atoi(token)
	if err != nil || strconv.Itoa(i) != token || i < 0 || i >= length {
		return 0, false
	}
	return i, true
}

// at returns the node at a JSON Pointer below the object, or nil.
func (o Object) at(pointer string) *node {
	tokens, err := parsePointer(pointer)
	if err != nil {
		return nil
	}
	n := o.node
	for _, token := range tokens {
		if n == nil {
			return nil
		}
		if n.kind != sequence {
			n = n.member(token)
			continue
		}
		i, ok := parseIndex(token, len(n.content))
		if !ok {
			return nil
		}
		n = n.content[i].resolved()
	}
	return n
}

// JSON returns the JSON of the value at a JSON Pointer below the object, "" for
// the object itself, with anchors, aliases and merge keys resolved; null where
// there is nothing. Scalars mean what they mean to kubectl. An error names the
// line of what JSON cannot express.
func (o Object) JSON(pointer string) ([]byte, error) {
	n := o.at(pointer)
	if n == nil {
		return []byte("null"), nil
	}
	if o.document.json {
		return []byte(o.document.text[n.start:n.end]), nil
	}
	data, err := n.appendJSON(nil)
	if err != nil {
		return nil, o.document.locate(err)
	}
	return data, nil
}

// LineAt returns the line of the file on which the value at a JSON Pointer below
// the object begins, or that of what is nearest to it from above.
func (o Object) LineAt(pointer string) int {
	for ; pointer != ""; pointer = pointer[:strings.LastIndexByte(pointer, '/')] {
		if n := o.at(pointer); n != nil && n.start >= 0 {
			return o.document.line(int(n.start))
		}
	}
	return o.Line
}

// JSON returns the JSON of the whole document, whatever it holds; nil if it
// holds nothing but comments. An error names the line of what JSON cannot
// express.
func (p *Parsed) JSON() ([]byte, error) {
	whole := *p
	if whole.root == nil {
		if err := whole.read(); err != nil {
			return nil, p.locate(err)
		}
	}
	switch {
	case whole.root == nil:
		return nil, nil
	case whole.json:
		return []byte(p.text[whole.root.start:whole.root.end]), nil
	}
	if err := whole.root.check(); err != nil {
		return nil, p.locate(err)
	}
	data, err := whole.root.appendJSON(nil)
	if err != nil {
		return nil, p.locate(err)
	}
	return data, nil
}
