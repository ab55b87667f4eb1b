// Package patch builds RFC 6902 patches by hand.
//
// A patch says what was meant; a difference between two documents says what
// came out, and with it every field that a decoder did not know. So nothing
// here compares documents, and the rule for callers is: replace scalars,
// append list elements, and never send back an object that came with the
// request.
package patch

import "gomodules.xyz/jsonpatch/v2"

// A Builder collects operations in order. The zero Builder is ready to use.
//
// Paths refer to the document as it is when the operation is applied, that is,
// after the operations before it.
type Builder struct {
	ops []jsonpatch.Operation
}

// Set makes value the member at p, whether or not there was one. The object
// that holds it must exist.
func (b *Builder) Set(p Path, value any) {
	b.ops = append(b.ops, jsonpatch.NewOperation("add", string(p), value))
}

// Replace makes value the one at p, which exists: a member, or an element of a
// list.
func (b *Builder) Replace(p Path, value any) {
	b.ops = append(b.ops, jsonpatch.NewOperation("replace", string(p), value))
}

// Remove takes away the member at p, which exists.
func (b *Builder) Remove(p Path) {
	b.ops = append(b.ops, jsonpatch.NewOperation("remove", string(p), nil))
}

// Append adds value to the end of list, which holds length elements. A list of
// none may be absent or null, so it is made anew.
func (b *Builder) Append(list Path, length int, value any) {
	if length == 0 {
		b.Set(list, []any{value})
		return
	}
	b.Set(list.Index(End), value)
}

// SetEntry makes value the entry key of object, which holds length entries. An
// object of none may be absent or null, so it is made anew.
func (b *Builder) SetEntry(object Path, length int, key string, value any) {
	if length == 0 {
		b.Set(object, map[string]any{key: value})
		return
	}
	b.Set(object.Field(key), value)
}

// Operations returns what was collected; nil if nothing was.
func (b *Builder) Operations() []jsonpatch.Operation {
	return b.ops
}
