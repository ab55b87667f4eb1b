package manifest

import "bytes"

// difference returns the first node of got whose value is not that of n, or
// nil. The order of members is no part of a value.
func (n *node) difference(got *node) *node {
	n, got = n.resolved(), got.resolved()
	switch {
	case n == got:
		return nil
	case n.kind != got.kind:
		return got
	}
	switch n.kind {
	case scalar:
		if !n.sameScalar(got) {
			return got
		}
		return nil
	case mapping:
		return n.memberDifference(got)
	}
	for i := range min(len(n.content), len(got.content)) {
		if d := n.content[i].difference(got.content[i]); d != nil {
			return d
		}
	}
	if len(n.content) != len(got.content) {
		return got
	}
	return nil
}

// sameScalar compares values as they are written first, since nearly all are
// written the same way.
func (n *node) sameScalar(got *node) bool {
	if n.value == got.value && n.style == got.style && n.tag() == got.tag() {
		return true
	}
	a, errA := n.appendJSON(nil)
	b, errB := got.appendJSON(nil)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

func (n *node) memberDifference(got *node) *node {
	if n.hasMerge() || got.hasMerge() || !n.sameKeys(got) {
		return n.mergedDifference(got)
	}
	for i := 1; i < len(n.content); i += 2 {
		if d := n.content[i].difference(got.content[i]); d != nil {
			return d
		}
	}
	return nil
}

// sameKeys reports whether n and got have the same keys in the same order. It
// tells members apart that have one name, as JSON may.
func (n *node) sameKeys(got *node) bool {
	if len(n.content) != len(got.content) {
		return false
	}
	for i := 0; i < len(n.content); i += 2 {
		a, b := n.content[i], got.content[i]
		if a.kind != scalar || b.kind != scalar || a.value != b.value || a.tag() != b.tag() {
			return false
		}
	}
	return true
}

func (n *node) mergedDifference(got *node) *node {
	want, err := n.members()
	if err != nil {
		return got
	}
	have, err := got.members()
	if err != nil || len(have) != len(want) {
		return got
	}
	values := make(map[string]*node, len(have))
	for _, m := range have {
		values[m.name] = m.value
	}
	for _, m := range want {
		value, ok := values[m.name]
		if !ok {
			return got
		}
		if d := m.value.difference(value); d != nil {
			return d
		}
	}
	return nil
}
