package manifest

import "strings"

// A layout is how a value is written in flow style.
type layout struct {
	quoted  bool   // all strings are quoted, as in JSON
	compact bool   // nothing stands after "," and ":"
	pretty  bool   // members and elements have lines of their own
	indent  string // of the line on which the value begins
	unit    string // one more of indentation
	eol     string
}

// layout returns the layout of values in the collection that is being planned,
// which is in flow style or holds a value that is to be.
func (p *planner) layout() layout {
	l := layout{quoted: p.json, compact: p.json && p.text[p.root.content[1].start-1] == ':'}
	if len(p.path) == 0 {
		return l
	}
	n := p.parent()
	l.eol = p.eol(int(n.start))
	if n.style != flow || len(n.content) == 0 {
		return l
	}
	l.quoted = l.quoted || n.kind == mapping && n.content[0].style == doubleQuoted
	indent, ok := p.ownLine(n)
	if !ok {
		return l
	}
	l.pretty, l.indent = p.json, indent
	if l.unit = strings.TrimPrefix(indent, indentation(p.text, int(n.start))); l.unit == "" {
		l.unit = "  "
	}
	return l
}

// ownLine reports whether the last member or element of a flow collection
// begins a line, and returns the white space before it.
func (p *Parsed) ownLine(n *node) (string, bool) {
	last := len(n.content) - 1
	if n.kind == mapping {
		last--
	}
	at := int(n.content[last].start)
	before := p.text[lineStart(p.text, at):at]
	return before, strings.Trim(before, " \t") == "" && strings.Contains(p.text[n.start:at], "\n")
}

// value returns n in flow style.
func (l layout) value(n *node) (string, error) {
	n = n.resolved()
	switch {
	case n.kind == scalar || len(n.content) == 0:
		return l.scalar(n, true)
	case n.kind == sequence:
		inner := l.deeper()
		parts := make([]string, 0, len(n.content))
		for _, element := range n.content {
			part, err := inner.value(element)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return l.enclose("[", parts, "]"), nil
	}
	members, err := n.members()
	if err != nil {
		return "", err
	}
	parts, err := l.deeper().members(members)
	return l.enclose("{", parts, "}"), err
}

// members returns the text of each member.
func (l layout) members(members []member) ([]string, error) {
	colon := ": "
	if l.compact {
		colon = ":"
	}
	parts := make([]string, 0, len(members))
	for _, m := range members {
		value, err := l.value(m.value)
		if err != nil {
			return nil, err
		}
		parts = append(parts, l.text(m.name, true)+colon+value)
	}
	return parts, nil
}

// deeper returns the layout of what is in a value.
func (l layout) deeper() layout {
	l.indent += l.unit
	return l
}

func (l layout) enclose(open string, parts []string, closing string) string {
	if l.pretty {
		inner := l.eol + l.indent + l.unit
		return open + inner + strings.Join(parts, ","+inner) + l.eol + l.indent + closing
	}
	return open + strings.Join(parts, l.separator()) + closing
}

func (l layout) separator() string {
	if l.compact {
		return ","
	}
	return ", "
}
