package manifest

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Plain scalars mean what they mean to kubectl, which reads YAML with
// sigs.k8s.io/yaml: "yes" and "on" are true, "012" is ten.

type valueKind uint8

const (
	stringValue valueKind = iota
	nullValue
	boolValue
	intValue
	uintValue
	floatValue
	timestampValue // a string to everybody but the tag !!timestamp
)

// A scalarValue is what a scalar means.
type scalarValue struct {
	kind  valueKind
	text  string
	bool  bool
	int   int64
	uint  uint64
	float float64
}

// words are the plain scalars that are not strings and have no digits.
var words = map[string]scalarValue{
	"": {kind: nullValue}, "~": {kind: nullValue}, "null": {kind: nullValue}, "Null": {kind: nullValue}, "NULL": {kind: nullValue},
	"y": {kind: boolValue, bool: true}, "Y": {kind: boolValue, bool: true},
	"yes": {kind: boolValue, bool: true}, "Yes": {kind: boolValue, bool: true}, "YES": {kind: boolValue, bool: true},
	"true": {kind: boolValue, bool: true}, "True": {kind: boolValue, bool: true}, "TRUE": {kind: boolValue, bool: true},
	"on": {kind: boolValue, bool: true}, "On": {kind: boolValue, bool: true}, "ON": {kind: boolValue, bool: true},
	"n": {kind: boolValue}, "N": {kind: boolValue}, "no": {kind: boolValue}, "No": {kind: boolValue}, "NO": {kind: boolValue},
	"false": {kind: boolValue}, "False": {kind: boolValue}, "FALSE": {kind: boolValue},
	"off": {kind: boolValue}, "Off": {kind: boolValue}, "OFF": {kind: boolValue},
	".nan": {kind: floatValue, float: nan}, ".NaN": {kind: floatValue, float: nan}, ".NAN": {kind: floatValue, float: nan},
	".inf": {kind: floatValue, float: inf}, ".Inf": {kind: floatValue, float: inf}, ".INF": {kind: floatValue, float: inf},
	"+.inf": {kind: floatValue, float: inf}, "+.Inf": {kind: floatValue, float: inf}, "+.INF": {kind: floatValue, float: inf},
	"-.inf": {kind: floatValue, float: -inf}, "-.Inf": {kind: floatValue, float: -inf}, "-.INF": {kind: floatValue, float: -inf},
}

// tagged are the tags that a scalar is checked against, and the kinds that each
// allows.
var tagged = map[string][]valueKind{
	"!!null":      {nullValue},
	"!!bool":      {boolValue},
	"!!int":       {intValue, uintValue},
	"!!float":     {floatValue, intValue},
	"!!timestamp": {timestampValue},
}

// resolve returns what the scalar n means.
func (n *node) resolve() (scalarValue, error) {
	tag := n.tag()
	if tag == "" && n.style == plain {
		return resolvePlain(n.value), nil
	}
	if tag == "!!binary" {
		return n.resolveBinary()
	}
	allowed, ok := tagged[tag]
	if !ok {
		return scalarValue{text: n.value}, nil
	}
	v := resolvePlain(n.value)
	for _, kind := range allowed {
		if v.kind != kind {
			continue
		}
		if tag == "!!float" && kind == intValue {
			return scalarValue{kind: floatValue, float: float64(v.int)}, nil
		}
		return v, nil
	}
	return scalarValue{}, problem(n, "%q is not %s", n.value, strings.TrimPrefix(tag, "!!"))
}

func (n *node) resolveBinary() (scalarValue, error) {
	// Line breaks are no part of the data; the decoder skips those that are not
	// folded into spaces.
	data, err := base64.StdEncoding.DecodeString(n.value)
	if err != nil || !utf8.Valid(data) {
		return scalarValue{}, problem(n, "!!binary data that is no text: write it as plain base64, without the tag")
	}
	return scalarValue{text: string(data)}, nil
}

// name returns the name of the member whose key n is. Numbers and booleans are
// names the way kubectl spells them.
func (n *node) name() (string, error) {
	if n = n.resolved(); n.kind != scalar {
		return "", problem(n, "the key of a member is a collection: it must be a string (is a template rendered?)")
	}
	if n.style != plain && n.props == nil {
		return n.value, nil
	}
	v, err := n.resolve()
	if err != nil {
		return "", err
	}
	switch v.kind {
	case stringValue, timestampValue:
		return v.text, nil
	case boolValue:
		return strconv.FormatBool(v.bool), nil
	case intValue:
		return strconv.FormatInt(v.int, 10), nil
	case floatValue:
		return floatName(v.float), nil
	}
	return "", problem(n, "the key %q of a member is no string: quote it", n.value)
}

func floatName(f float64) string {
	switch name := strconv.FormatFloat(f, 'g', -1, 32); name {
	case "+Inf":
		return ".inf"
	case "-Inf":
		return "-.inf"
	case "NaN":
		return ".nan"
	default:
		return name
	}
}
