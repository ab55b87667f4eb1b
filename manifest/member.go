package manifest

// A member is a member of a mapping as readers see it: merge keys and aliases
// are resolved.
type member struct {
	name  string
	value *node
}

// absent is the index of a member that is not written in the mapping itself.
const absent = -1

// find returns the value of the member name of the mapping n, or nil, and the
// index of its key in n's content, which is absent for a member that comes from
// a merge key.
func (n *node) find(name string) (value *node, index int) {
	for i := 0; i < len(n.content); i += 2 {
		if key := n.content[i]; !key.isMerge() && key.names(name) {
			return n.content[i+1].resolved(), i
		}
	}
	for i := 0; i < len(n.content); i += 2 {
		if !n.content[i].isMerge() {
			continue
		}
		for _, source := range n.content[i+1].mergeSources() {
			if value, _ := source.find(name); value != nil {
				return value, absent
			}
		}
	}
	return nil, absent
}

// member returns the value of the member name, or nil if n is no mapping or has
// none.
func (n *node) member(name string) *node {
	if n == nil || n.kind != mapping {
		return nil
	}
	value, _ := n.find(name)
	return value
}

// text returns the value of a scalar that is a string; otherwise "".
func (n *node) text() string {
	if n == nil || n.kind != scalar {
		return ""
	}
	if v, err := n.resolve(); err == nil && v.kind == stringValue {
		return v.text
	}
	return ""
}

// names reports whether n, as a key, is that of the member name.
func (n *node) names(name string) bool {
	got, err := n.name()
	return err == nil && got == name
}

// mergeSources returns the mappings that the value of a merge key lists; the
// first that has a member wins. It is empty when the value is something else.
func (n *node) mergeSources() []*node {
	n = n.resolved()
	switch n.kind {
	case mapping:
		return []*node{n}
	case sequence:
		var sources []*node
		for _, element := range n.content {
			if element = element.resolved(); element.kind == mapping {
				sources = append(sources, element)
			}
		}
		return sources
	}
	return nil
}

// members returns the members of the mapping n in the order of the text, those
// of merge keys after its own.
func (n *node) members() ([]member, error) {
	members := make([]member, 0, len(n.content)/2)
	for i := 0; i < len(n.content); i += 2 {
		if n.content[i].isMerge() {
			continue
		}
		name, err := n.content[i].name()
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, n.content[i+1].resolved()})
	}
	if !n.hasMerge() {
		return members, nil
	}
	return n.merge(members)
}

// merge adds to members those of n's merge keys that are not there yet.
func (n *node) merge(members []member) ([]member, error) {
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		seen[m.name] = true
	}
	for i := 0; i < len(n.content); i += 2 {
		if !n.content[i].isMerge() {
			continue
		}
		for _, source := range n.content[i+1].mergeSources() {
			more, err := source.members()
			if err != nil {
				return nil, err
			}
			for _, m := range more {
				if !seen[m.name] {
					seen[m.name] = true
					members = append(members, m)
				}
			}
		}
	}
	return members, nil
}
