package manifest

// kind is the kind of a node, in the words of YAML.
type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
	alias
)

// style is how a node is written.
type style uint8

const (
	plain style = iota // scalars
	singleQuoted
	doubleQuoted
	literal
	folded
	block // mappings and sequences
	flow
)

// A node is a node of a document's tree. The nodes of a Parsed never change:
// what a patch makes of them is made of copies.
type node struct {
	kind   kind
	style  style
	shared bool // an alias refers to it
	// start is the offset of its first byte, that of a tag or anchor if there
	// is one; end is that after its last, and only known for JSON.
	start, end int32
	// value is the content of a scalar, or the name of an alias.
	value string
	props *properties
	// content holds the keys and values of a mapping by turns, the elements of
	// a sequence, or what an alias refers to.
	content []*node
}

// properties are what may stand before a node; most have none.
type properties struct {
	tag, anchor string
}

// tag returns the tag that is written at n, shortened, or "".
func (n *node) tag() string {
	if n.props == nil {
		return ""
	}
	return n.props.tag
}

// resolved returns n, or what it refers to if it is an alias.
func (n *node) resolved() *node {
	if n.kind == alias {
		return n.content[0]
	}
	return n
}

// isNull reports whether n is a plain null, whichever way it is written.
func (n *node) isNull() bool {
	return n.kind == scalar && n.style == plain && n.tag() == "" && words[n.value].kind == nullValue
}

// isImplicit reports whether n is a null that is not written at all, as after
// "key:".
func (n *node) isImplicit() bool {
	return n.kind == scalar && n.style == plain && n.value == "" && n.props == nil
}

// isMerge reports whether n is a merge key:
// https://yaml.org/type/merge.html
func (n *node) isMerge() bool {
	if n.kind != scalar || n.value != "<<" {
		return false
	}
	return n.style == plain && n.tag() == "" || n.tag() == "!!merge"
}

// hasMerge reports whether the mapping n takes in members of others.
func (n *node) hasMerge() bool {
	for i := 0; i < len(n.content); i += 2 {
		if n.content[i].isMerge() {
			return true
		}
	}
	return false
}
