package manifest

import (
	"encoding/json"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// appendJSON appends the JSON of n to dst, with anchors, aliases and merge keys
// resolved.
func (n *node) appendJSON(dst []byte) ([]byte, error) {
	n = n.resolved()
	switch n.kind {
	case mapping:
		return n.appendObject(dst)
	case sequence:
		var err error
		dst = append(dst, '[')
		for i, element := range n.content {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = element.appendJSON(dst); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	v, err := n.resolve()
	if err != nil {
		return nil, err
	}
	return v.appendJSON(dst, n)
}

func (n *node) appendObject(dst []byte) ([]byte, error) {
	members, err := n.members()
	if err != nil {
		return nil, err
	}
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, m.name)
		dst = append(dst, ':')
		if dst, err = m.value.appendJSON(dst); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendJSON appends the JSON of what the scalar n means.
func (v scalarValue) appendJSON(dst []byte, n *node) ([]byte, error) {
	switch v.kind {
	case nullValue:
		return append(dst, "null"...), nil
	case boolValue:
		return strconv.AppendBool(dst, v.bool), nil
	case intValue:
		return strconv.AppendInt(dst, v.int, 10), nil
	case uintValue:
		return strconv.AppendUint(dst, v.uint, 10), nil
	case floatValue:
		number, err := json.Marshal(v.float)
		if err != nil {
			return nil, problem(n, "%s is no number that JSON has: quote it if it is a string", n.value)
		}
		return append(dst, number...), nil
	default:
		return appendString(dst, v.text), nil
	}
}

// appendString appends s as a JSON string. The text of a document is UTF-8, so
// there is no error.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
