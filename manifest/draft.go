package manifest

import (
	"encoding/json"
	"errors"

	"gomodules.xyz/jsonpatch/v2"
)

var (
	errOperation = errors.New("the operation is not supported")
	errWhole     = errors.New("the document as a whole cannot be the target")
)

// A draft is the tree that a patch leads to. It shares with the document's tree
// all nodes that do not change, so that the places of the text that do can be
// told from the others.
type draft struct {
	document *Parsed
	root     *node
	// was holds for each node of the draft's own what it was made from: nil for
	// one that is new, or was written elsewhere.
	was map[*node]*node
}

func newDraft(p *Parsed) *draft {
	d := &draft{document: p, was: make(map[*node]*node)}
	d.root = d.copyOf(p.root, p.root)
	return d
}

// copyOf returns a node of the draft's own with n's content.
func (d *draft) copyOf(n, was *node) *node {
	own := *n
	own.content = append(make([]*node, 0, len(n.content)+2), n.content...)
	d.was[&own] = was
	return &own
}

// apply changes the draft by one operation.
func (d *draft) apply(op jsonpatch.Operation) error {
	tokens, err := d.document.tokens(op.Path)
	switch {
	case err != nil:
		return err
	case op.Operation != "add" && op.Operation != "replace":
		return errOperation
	case len(tokens) == 0:
		return errWhole
	}
	n := d.root
	for _, token := range tokens[:len(tokens)-1] {
		if n, err = d.child(n, token); err != nil {
			return err
		}
	}
	value, err := d.newValue(op.Value)
	if err != nil {
		return err
	}
	last := tokens[len(tokens)-1]
	switch n.kind {
	case mapping:
		return d.setMember(n, last, value, op.Operation)
	case sequence:
		return d.setElement(n, last, value, op.Operation)
	}
	return d.problem(n, "what should hold %q is neither a mapping nor a sequence", last)
}

// newValue returns the nodes of a value that a patch brings.
func (d *draft) newValue(value any) (*node, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	// Only an object or an array is read as a document.
	list, err := readJSON("[" + string(data) + "]")
	if err != nil {
		return nil, err
	}
	d.adopt(list.content[0])
	return list.content[0], nil
}

// adopt makes n and all below it new nodes of the draft's own.
func (d *draft) adopt(n *node) {
	n.start, n.end = -1, -1
	d.was[n] = nil
	for _, child := range n.content {
		d.adopt(child)
	}
}

// child returns the draft's own copy of n's child at token. n is the draft's
// own.
func (d *draft) child(n *node, token string) (*node, error) {
	switch n.kind {
	case mapping:
		return d.memberOf(n, token)
	case sequence:
		i, ok := parseIndex(token, len(n.content))
		if !ok {
			return nil, d.problem(n, "there is no element %s", token)
		}
		return d.own(n, i)
	}
	return nil, d.problem(n, "there is no %q: this is neither a mapping nor a sequence", token)
}

func (d *draft) memberOf(n *node, name string) (*node, error) {
	if err := n.checkOnce(name); err != nil {
		return nil, err
	}
	value, index := n.find(name)
	switch {
	case value == nil:
		return nil, d.problem(n, "there is no %q", name)
	case index != absent:
		return d.own(n, index+1)
	}
	// It came with a merge key: the mapping gets one of its own.
	own := d.copyOf(value, nil)
	n.content = append(n.content, d.newKey(name), own)
	return own, nil
}

// own makes n's content at i a node of the draft's own, and returns it. Below
// what is new or comes through an alias all is new.
func (d *draft) own(n *node, i int) (*node, error) {
	child := n.content[i]
	if _, ok := d.was[child]; ok {
		return child, nil
	}
	was := child
	switch {
	case child.kind == alias || d.was[n] == nil:
		child, was = child.resolved(), nil
	case child.shared:
		return nil, d.anchored(child)
	}
	n.content[i] = d.copyOf(child, was)
	return n.content[i], nil
}

func (d *draft) newKey(name string) *node {
	key := &node{style: doubleQuoted, value: name, start: -1, end: -1}
	d.was[key] = nil
	return key
}
