package manifest

import "strings"

// A lineWriter writes nodes in block style.
type lineWriter struct {
	strings.Builder
	shape
	eol string
	gap int // from a dash to what it introduces
}

// pairs returns content, keys and values by turns, as members.
func pairs(content []*node) []member {
	members := make([]member, 0, len(content)/2)
	for i := 0; i < len(content); i += 2 {
		members = append(members, member{content[i].value, content[i+1].resolved()})
	}
	return members
}

// members writes a line or more for each member, at the column indent. The
// indentation of the first is there already if begun is set.
func (w *lineWriter) members(members []member, indent int, begun bool) error {
	for _, m := range members {
		w.indent(indent, &begun)
		if isPlain(m.name, false) {
			w.WriteString(m.name)
		} else {
			w.WriteString(quote(m.name))
		}
		w.WriteByte(':')
		if err := w.value(m.value, indent); err != nil {
			return err
		}
	}
	return nil
}

// value writes the value of a member of a mapping at indent, after its ":".
func (w *lineWriter) value(n *node, indent int) error {
	if n.kind != scalar && len(n.content) > 0 {
		w.WriteString(w.eol)
		return w.collection(n, indent)
	}
	w.WriteByte(' ')
	return w.leaf(n)
}

// collection writes the lines of a collection that is not empty and the value
// of a member of a mapping at indent.
func (w *lineWriter) collection(n *node, indent int) error {
	if n.kind == sequence {
		return w.elements(n.content, indent+w.dash, false)
	}
	members, err := n.members()
	if err != nil {
		return err
	}
	return w.members(members, indent+w.step, false)
}

// elements writes a line or more for each element, their dashes at the column
// indent.
func (w *lineWriter) elements(elements []*node, indent int, begun bool) error {
	for _, n := range elements {
		n = n.resolved()
		w.indent(indent, &begun)
		w.WriteByte('-')
		w.WriteString(strings.Repeat(" ", w.gap-1))
		if err := w.element(n, indent+w.gap); err != nil {
			return err
		}
	}
	return nil
}

func (w *lineWriter) element(n *node, indent int) error {
	switch {
	case n.kind == scalar || len(n.content) == 0:
		return w.leaf(n)
	case n.kind == sequence:
		return w.elements(n.content, indent, true)
	}
	members, err := n.members()
	if err != nil {
		return err
	}
	return w.members(members, indent, true)
}

// leaf writes a scalar, or an empty collection, and ends the line.
func (w *lineWriter) leaf(n *node) error {
	text, err := layout{}.scalar(n, false)
	w.WriteString(text)
	w.WriteString(w.eol)
	return err
}

func (w *lineWriter) indent(columns int, begun *bool) {
	if !*begun {
		w.WriteString(strings.Repeat(" ", columns))
	}
	*begun = false
}
