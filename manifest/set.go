package manifest

import "strconv"

// setMember makes value the member name of the mapping n, which is the draft's
// own.
func (d *draft) setMember(n *node, name string, value *node, operation string) error {
	if err := n.checkOnce(name); err != nil {
		return err
	}
	old, index := n.find(name)
	switch {
	case old != nil && value.difference(old) == nil:
		return nil
	case old == nil && operation == "replace":
		return d.problem(n, "there is no %q to replace", name)
	case index == absent:
		n.content = append(n.content, d.newKey(name), value)
		return nil
	}
	return d.setContent(n, index+1, value)
}

// setElement appends value to the sequence n, which is the draft's own, or
// replaces an element.
func (d *draft) setElement(n *node, token string, value *node, operation string) error {
	end := token == "-" || token == strconv.Itoa(len(n.content))
	if end && operation == "add" {
		n.content = append(n.content, value)
		return nil
	}
	i, ok := parseIndex(token, len(n.content))
	switch {
	case !ok:
		return d.problem(n, "there is no element %s", token)
	case operation == "add":
		return d.problem(n, "an element cannot be inserted at %s, only after the last", token)
	case value.difference(n.content[i]) == nil:
		return nil
	}
	return d.setContent(n, i, value)
}

func (d *draft) setContent(n *node, i int, value *node) error {
	if old := n.content[i]; old.shared && d.was[n] != nil {
		return d.anchored(old)
	}
	n.content[i] = value
	return nil
}

// anchored says that n cannot change, because others would change with it.
func (d *draft) anchored(n *node) error {
	return problem(n, "an alias repeats what is anchored here as &%s: write that out", n.props.anchor)
}

// problem returns a problem at n, or where n was written.
func (d *draft) problem(n *node, format string, args ...any) error {
	if was := d.was[n]; was != nil {
		n = was
	}
	return problem(n, format, args...)
}
