package patch

import (
	"strconv"
	"strings"
)

// A Path is a JSON Pointer (RFC 6901). The zero Path is the whole document.
type Path string

// End is the index that means "after the last element" of a list
// (RFC 6902, section 4.1).
const End = -1

// Field returns the path of the member name of the object at p. Every name
// passes through here, so this is the one place that escapes.
func (p Path) Field(name string) Path {
	// "~" first: the other order would escape the tilde of "~1" again.
	name = strings.ReplaceAll(name, "~", "~0")
	name = strings.ReplaceAll(name, "/", "~1")
	return p + "/" + Path(name)
}

// Index returns the path of element i of the list at p; End is the element
// after the last.
func (p Path) Index(i int) Path {
	if i == End {
		return p + "/-"
	}
	return p + "/" + Path(strconv.Itoa(i))
}
