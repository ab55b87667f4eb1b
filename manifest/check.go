package manifest

// check reports what readers of YAML would understand differently, or not at
// all, anywhere in the tree: a member that is set twice, a key that is no
// string, a merge key with something else than mappings.
func (n *node) check() error {
	if n.kind == alias {
		return nil
	}
	if n.kind == mapping {
		if err := n.checkMembers(); err != nil {
			return err
		}
	}
	for _, child := range n.content {
		if err := child.check(); err != nil {
			return err
		}
	}
	return nil
}

// manyMembers is from how many members on a map is faster than comparing each
// with each.
const manyMembers = 16

func (n *node) checkMembers() error {
	keys := make([]namedKey, 0, 16)
	var merges []*node
	for i := 0; i < len(n.content); i += 2 {
		key := n.content[i]
		if !key.isMerge() {
			name, err := key.name()
			if err != nil {
				return err
			}
			keys = append(keys, namedKey{name, key})
			continue
		}
		if err := checkMerge(key, n.content[i+1]); err != nil {
			return err
		}
		merges = append(merges, key)
		if err := checkOverridden(keys, n.content[i+1]); err != nil {
			return err
		}
	}
	if len(merges) > 1 {
		return problem(merges[1], `a second "<<" in one mapping: give the first a list`)
	}
	return checkUnique(keys)
}

type namedKey struct {
	name string
	*node
}

func checkUnique(keys []namedKey) error {
	if len(keys) < manyMembers {
		for i, key := range keys {
			for _, earlier := range keys[:i] {
				if key.name == earlier.name {
					return setTwice(key.node, key.name)
				}
			}
		}
		return nil
	}
	seen := make(map[string]bool, len(keys))
	for _, key := range keys {
		if seen[key.name] {
			return setTwice(key.node, key.name)
		}
		seen[key.name] = true
	}
	return nil
}

func setTwice(key *node, name string) error {
	return problem(key, "%q is set twice in one mapping: keep one", name)
}

// checkOnce reports which of the names two members of the mapping n have. YAML
// is checked as a whole; in JSON it matters only where it is read.
func (n *node) checkOnce(names ...string) error {
	for _, name := range names {
		seen := false
		for i := 0; i < len(n.content); i += 2 {
			if !n.content[i].names(name) {
				continue
			}
			if seen {
				return setTwice(n.content[i], name)
			}
			seen = true
		}
	}
	return nil
}

// checkMerge reports a merge key whose value is not a mapping, or a sequence of
// mappings.
func checkMerge(key, value *node) error {
	value = value.resolved()
	want := 1
	if value.kind == sequence {
		want = len(value.content)
	}
	if len(value.mergeSources()) != want {
		return problem(key, `"<<" takes in something that is no mapping`)
	}
	return nil
}

// checkOverridden reports a member that stands before a merge key with a member
// of the same name: YAML says that the former wins, and kubectl, the latter.
func checkOverridden(before []namedKey, merged *node) error {
	for _, key := range before {
		for _, source := range merged.mergeSources() {
			if value, _ := source.find(key.name); value != nil {
				return problem(key.node, `%q is set here and by the "<<" after it: move "<<" to the front`, key.name)
			}
		}
	}
	return nil
}
