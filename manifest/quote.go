package manifest

import (
	"fmt"
	"strings"
)

// scalar returns a scalar, or an empty collection, as one word. A scalar of a
// document of numbers and such becomes what it means: its spelling may need the
// place where it was.
func (l layout) scalar(n *node, inFlow bool) (string, error) {
	switch n.kind {
	case mapping:
		return "{}", nil
	case sequence:
		return "[]", nil
	}
	if n.start < 0 && n.style == plain {
		return n.value, nil
	}
	v, err := n.resolve()
	if err != nil {
		return "", err
	}
	if v.kind == stringValue || v.kind == timestampValue {
		return l.text(v.text, inFlow), nil
	}
	text, err := v.appendJSON(nil, n)
	return string(text), err
}

// text returns the string s, quoted unless it can do without.
func (l layout) text(s string, inFlow bool) string {
	if !l.quoted && isPlain(s, inFlow) {
		return s
	}
	return quote(s)
}

// plainBytes are what a plain scalar may hold anywhere, for every reader of
// YAML; those of plainBlockBytes only outside of flow collections.
const (
	plainBytes      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-=+@:"
	plainBlockBytes = plainBytes + ","
)

// isPlain reports whether s, without quotes, is this string to every reader of
// YAML. It is careful: what it does not know is to be quoted.
func isPlain(s string, inFlow bool) bool {
	if s == "" || strings.IndexByte("0123456789.-=+@:,", s[0]) >= 0 || strings.HasSuffix(s, ":") {
		return false
	}
	allowed := plainBlockBytes
	if inFlow {
		allowed = plainBytes
	}
	if strings.Trim(s, allowed) != "" {
		return false
	}
	return resolvePlain(s).kind == stringValue
}

// quote returns s in double quotes, as JSON and YAML both read it. YAML allows
// fewer characters than JSON as they are, and takes some for line breaks.
func quote(s string) string {
	quoted := string(appendString(nil, s))
	if strings.IndexFunc(quoted, needsEscape) < 0 {
		return quoted
	}
	var b strings.Builder
	for _, r := range quoted {
		if needsEscape(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// needsEscape reports whether r cannot stand in a quoted scalar as it is.
func needsEscape(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff'
}
