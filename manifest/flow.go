package manifest

import (
	"slices"
	"strings"
)

// extendFlow plans new members or elements before the closing bracket of the
// flow collection was.
func (p *planner) extendFlow(was *node, added []*node) error {
	body, _ := p.body(was)
	span, ok := scanFlow(p.text, body)
	if !ok {
		return odd(was, "it has no brackets")
	}
	l := p.layout()
	parts, err := l.parts(was.kind, added)
	if err != nil {
		return err
	}
	switch {
	case span.empty():
		p.fillFlow(was, span, strings.Join(parts, l.separator()))
	case l.unit != "":
		p.extendLines(was, span, parts, l)
	case span.comma:
		p.edit(span.last, span.last, strings.TrimPrefix(l.separator(), ",")+strings.Join(parts, l.separator()), was)
	default:
		p.edit(span.last, span.last, l.separator()+strings.Join(parts, l.separator()), was)
	}
	return nil
}

// parts returns the text of each member or element.
func (l layout) parts(k kind, added []*node) ([]string, error) {
	if k == mapping {
		return l.members(pairs(added))
	}
	parts := make([]string, 0, len(added))
	for _, n := range added {
		part, err := l.value(n)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// fillFlow plans text between empty brackets, with the space that was there on
// both sides of it.
func (p *planner) fillFlow(was *node, span flowSpan, text string) {
	inner := p.text[span.open+1 : span.close]
	switch {
	case span.comments:
		p.edit(span.close, span.close, text, was)
	case strings.Contains(inner, "\n"):
		p.edit(span.open+1, span.close, text, was)
	default:
		p.edit(span.open+1, span.close, inner+text+inner, was)
	}
}

// extendLines plans lines of their own for parts, after the line of the last
// member or element, which has one too. A comma after the last one stays a
// habit.
func (p *planner) extendLines(was *node, span flowSpan, parts []string, l layout) {
	begin := l.eol + l.indent
	text := begin + strings.Join(parts, ","+begin)
	end := lineBreak(p.text, span.last)
	end -= len(p.text[:end]) - len(strings.TrimRight(p.text[:end], "\r"))
	if end > span.close {
		end = span.last
	}
	if span.comma {
		p.edit(end, end, text+",", was)
		return
	}
	p.edit(span.last, span.last, ",", was)
	p.edit(end, end, text, was)
}

// writeImplicit plans the value child where the value of was's content at i is
// not written at all.
func (p *planner) writeImplicit(was *node, i int, child *node) error {
	text, err := p.layout().value(child)
	if err != nil {
		return err
	}
	at := int(was.content[i].start)
	switch {
	case at > 0 && strings.IndexByte(":-", p.text[at-1]) >= 0:
		p.edit(at, at, " "+text, was)
		return nil
	case was.kind != mapping || was.style != flow:
		return odd(was, "nothing stands for the value")
	}
	end, err := p.end(was.content[i-1])
	if err != nil {
		return err
	}
	p.edit(end, end, ": "+text, was)
	return nil
}

// replace plans the text of child in the place of that of old.
func (p *planner) replace(old, child *node) error {
	end, err := p.end(old)
	if err != nil {
		return err
	}
	from := int(old.start)
	if old.kind != scalar && p.hasComment(from, end) {
		return problem(old, "comments in what is replaced would be lost: move them out of it")
	}
	if old.style == block && old.kind == child.kind && len(child.content) > 0 {
		return p.replaceBlock(old, child, end)
	}
	text, err := p.layout().value(child)
	if err != nil {
		return err
	}
	p.edit(from, end, requote(old, child, text)+p.headerComment(old), old)
	return nil
}

// replaceBlock plans the lines of child in the place of those of old.
func (p *planner) replaceBlock(old, child *node, end int) error {
	w := p.lines(end)
	if err := w.element(child, column(p.text, int(old.start))); err != nil {
		return err
	}
	p.edit(int(old.start), end, strings.TrimSuffix(w.String(), w.eol), old)
	return nil
}

// hasComment reports whether there may be a comment in a part of the text.
func (p *Parsed) hasComment(from, end int) bool {
	return slices.ContainsFunc(strings.Fields(p.text[from:end]), func(word string) bool { return word[0] == '#' })
}

// headerComment returns the comment in the first line of a block scalar.
func (p *Parsed) headerComment(n *node) string {
	if n.style != literal && n.style != folded {
		return ""
	}
	body, _ := p.body(n)
	header := p.text[body:lineBreak(p.text, body)]
	if i := strings.IndexByte(header, '#'); i >= 0 {
		return " " + strings.TrimRight(header[i:], "\r")
	}
	return ""
}

// requote returns text, that of child, in the quotes that old has.
func requote(old, child *node, text string) string {
	if child.kind != scalar || child.style == plain {
		return text
	}
	switch {
	case old.style == doubleQuoted:
		return quote(child.value)
	case old.style == singleQuoted && isPlain(child.value, true):
		return "'" + child.value + "'"
	}
	return text
}
