package manifest

import (
	"strconv"
	"strings"
)

// items says what the items are of which a Document is a part.
type items struct {
	// implied is what an item is that does not say.
	implied Object
	// index is how many items of the List stand before the part.
	index int
	// indent is the column of their dashes.
	indent int
}

// Parts cuts a large List into documents that hold some of its items each. They
// are read, and changed, one without the other: at the same time, and with a
// small tree each. Their objects and their edits are at the places that they
// have in the whole, but for [Document.Offset].
//
// Where items are tied to each other, as by an anchor, a part does not parse:
// what is right, or wrong, with such a List can be said of the whole alone. Any
// other document is its own only part.
func (d Document) Parts() []Document { return d.parts(partSize) }

func (d Document) parts(size int) []Document {
	whole := []Document{d}
	list, ok := cut(d.Text, size)
	if !ok {
		return whole
	}
	implied, ok := list.implied()
	if !ok {
		return whole
	}
	parts := make([]Document, len(list.parts))
	line, at := d.Line, 0
	for i, part := range list.parts {
		line += strings.Count(d.Text[at:part.from], "\n")
		at = part.from
		parts[i] = Document{
			Text: d.Text[part.from:part.to], Index: d.Index, Offset: d.Offset + part.from, Line: line,
			items: &items{implied, part.index, list.indent},
		}
	}
	return parts
}

// implied returns what an item is that does not say. It reports false if l is no
// List, or something is wrong with it beside its items.
func (l cutList) implied() (Object, bool) {
	around := l.around()
	if checkEncoding(around) != nil || checkControl(around) != nil {
		return Object{}, false
	}
	root, items := l.frame()
	if items == nil || root.check() != nil {
		return Object{}, false
	}
	o := objectOf(root)
	return o.item(), o.isList()
}

// readItems returns the tree of a part of a List. Its lines are those of a
// sequence at the column of the whole one, so that it means alone what it means
// there.
func readItems(text string, indent int) (*node, error) {
	if err := checkControl(text); err != nil {
		return nil, err
	}
	entries := 0
	for line := range strings.Lines(text) {
		switch column, isEntry := listLine(strings.TrimSuffix(line, "\n")); {
		case column == blankLine, column > indent && entries > 0:
		case column == indent && isEntry:
			entries++
		default:
			return nil, errNotAlone
		}
	}
	root, err := (&treeReader{text: text}).read()
	switch {
	case err != nil:
		return nil, err
	case !root.areItems() || len(root.content) != entries:
		return nil, errNotAlone
	}
	return root, nil
}

// errNotAlone is an error of a part alone.
var errNotAlone = &problemError{text: "these items of a List do not stand alone"}

// tokens returns those of a path in the document, from the root of p on, which
// is not that of the document where p is a part of it.
func (p *Parsed) tokens(path string) ([]string, error) {
	tokens, err := parsePointer(path)
	if err != nil || p.items == nil {
		return tokens, err
	}
	if len(tokens) < 2 || tokens[0] != "items" {
		return nil, errNotAlone
	}
	i, ok := parseIndex(tokens[1], p.items.index+len(p.root.content))
	if !ok || i < p.items.index {
		return nil, errNotAlone
	}
	tokens[1] = strconv.Itoa(i - p.items.index)
	return tokens[1:], nil
}
