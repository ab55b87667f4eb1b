package manifest

import "strings"

// extendBlock plans new lines after the last of the block collection was.
func (p *planner) extendBlock(was *node, added []*node) error {
	end, err := p.blockEnd(was)
	if err != nil {
		return err
	}
	indent, err := p.columnOf(was)
	if err != nil {
		return err
	}
	w := p.lines(end)
	if was.kind == mapping {
		err = w.members(pairs(added), indent, false)
	} else {
		w.gap = p.dashGap(was, indent)
		err = w.elements(added, indent, false)
	}
	if err != nil {
		return err
	}
	return p.insertLines(end, indent, w, was)
}

// takesLines reports whether child, which replaces nothing but a null or an
// empty collection, goes into lines of its own below the key of old.
func (p *planner) takesLines(old, child *node) bool {
	parent := p.parent()
	if parent.style != block || parent.kind != mapping || old.props != nil || len(child.content) == 0 {
		return false
	}
	if old.isNull() {
		return true
	}
	if old.style != flow || len(old.content) > 0 {
		return false
	}
	span, ok := scanFlow(p.text, int(old.start))
	return ok && !span.comments
}

// fillIn plans the lines of child, below the key whose value at i is empty and
// goes away.
func (p *planner) fillIn(was *node, i int, child *node) error {
	colon, err := p.colon(was.content[i-1])
	if err != nil {
		return err
	}
	end := colon + 1
	if old := was.content[i]; !old.isImplicit() {
		if strings.TrimLeft(p.text[end:old.start], " ") != "" {
			return p.replace(old, child)
		}
		from := end
		if end, err = p.end(old); err != nil {
			return err
		}
		p.edit(from, end, "", was)
	}
	indent, err := p.columnOf(was)
	if err != nil {
		return err
	}
	w := p.lines(end)
	if err := w.collection(child, indent); err != nil {
		return err
	}
	return p.insertLines(end, indent, w, was)
}

// insertLines plans an insertion of whole lines after the line that end is on,
// and after comments below it that are deeper than indent, since they are about
// what ends there.
func (p *planner) insertLines(end, indent int, w *lineWriter, of *node) error {
	at := lineBreak(p.text, end)
	if rest := strings.TrimLeft(p.text[end:at], " \t\r"); rest != "" && rest[0] != '#' {
		return odd(of, "something follows it on its line")
	}
	for next := at; next < len(p.text); {
		begin := next + 1
		next = lineBreak(p.text, begin)
		line := strings.TrimLeft(p.text[begin:next], " ")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if line[0] != '#' || next-begin-len(line) <= indent {
			break
		}
		at = next
	}
	text := strings.TrimSuffix(w.String(), w.eol)
	if at < len(p.text) {
		// After the line break, so that what is there stays one piece.
		p.edit(at+1, at+1, text+w.eol, of)
		return nil
	}
	p.edit(at, at, w.eol+text, of)
	return nil
}

// columnOf returns the column of the members or dashes of a block collection.
func (p *Parsed) columnOf(n *node) (int, error) {
	body, _ := p.body(n)
	if n.kind == mapping || p.text[body] == '-' {
		return column(p.text, body), nil
	}
	return 0, odd(n, "its indentation is unclear")
}

// dashGap returns how far the elements of the sequence n, whose dashes are at
// indent, stand from them.
func (p *Parsed) dashGap(n *node, indent int) int {
	last := n.content[len(n.content)-1]
	if last.props != nil || last.style != block {
		return len("- ")
	}
	return max(column(p.text, int(last.start))-indent, len("- "))
}
