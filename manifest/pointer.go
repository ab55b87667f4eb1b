package manifest

import (
	"fmt"
	"slices"
	"strconv"

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
