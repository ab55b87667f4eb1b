package manifest

import (
	"runtime"
	"strings"
	"sync"
)

// partSize is the size of the parts in which a large List is read: at the same
// time, and each with a small tree of the decoder's.
const partSize = 256 << 10

// listParts is the text of a List, cut between its items.
type listParts struct {
	key    int // the offset of "items"
	bounds []int
}

// readParts returns the tree of a large List, read in parts of about size, or
// nil if text is none, or its parts do not stand alone: then it is to be read
// as a whole.
//
// A part is a sequence at the column of the whole one, so it reads as it does
// there. What spans parts, a quoted scalar, a flow collection, or an alias of
// an anchor, does not read at all.
func readParts(text string, size int) *node {
	if len(text) < 2*size {
		return nil
	}
	cut, ok := cutList(text, size)
	if !ok {
		return nil
	}
	first, last := cut.bounds[0], cut.bounds[len(cut.bounds)-1]
	frame := treeReader{text: text[:first] + text[last:], after: int32(first), shift: int32(last - first)} //nolint:gosec // The length of a document is checked.
	root, err := frame.read()
	if err != nil || root == nil || root.kind != mapping {
		return nil
	}
	items := root.emptyAt(cut.key)
	if items == nil {
		return nil
	}
	list := readItems(text, cut.bounds)
	if list == nil {
		return nil
	}
	*items = *list
	return root
}

// emptyAt returns the value of the key at that offset, if it is not written.
func (n *node) emptyAt(key int) *node {
	for i := 0; i < len(n.content); i += 2 {
		if int(n.content[i].start) == key && n.content[i+1].isImplicit() {
			return n.content[i+1]
		}
	}
	return nil
}

// readItems returns the sequence that the parts between bounds are together.
func readItems(text string, bounds []int) *node {
	parts := make([]*node, len(bounds)-1)
	var workers sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range work {
				part := treeReader{text: text[bounds[i]:bounds[i+1]], shift: int32(bounds[i])} //nolint:gosec // The length of a document is checked.
				// What is wrong is said when the whole is read.
				parts[i], _ = part.read()
			}
		})
	}
	for i := range parts {
		work <- i
	}
	close(work)
	workers.Wait()
	for i, part := range parts {
		if part == nil || part.kind != sequence || part.style != block || part.props != nil {
			return nil
		}
		if i > 0 {
			parts[0].content = append(parts[0].content, part.content...)
		}
	}
	return parts[0]
}

// cutList cuts text after the line "items:", before every entry that is size
// behind the one before, and after the last entry.
func cutList(text string, size int) (cut listParts, ok bool) {
	cut.key = strings.Index(text, "\nitems:") + 1
	if cut.key == 0 || !isBlank(text[cut.key+len("items:"):lineBreak(text, cut.key)]) {
		return cut, false
	}
	indent := -1 // of the entries
	begin := min(lineBreak(text, cut.key)+1, len(text))
	cut.bounds = []int{begin}
	for at := begin; at < len(text); at = lineBreak(text, at) + 1 {
		end := lineBreak(text, at)
		line := strings.TrimLeft(text[at:end], " ")
		column := end - at - len(line)
		switch {
		case isBlank(line), indent >= 0 && column > indent:
		case !isMarker(line, "-") && (indent < 0 || column > 0 && column == indent):
			return cut, false
		case indent < 0:
			indent = column
		case !isMarker(line, "-") || column < indent:
			cut.bounds = append(cut.bounds, at)
			return cut, true
		case at-begin >= size:
			cut.bounds = append(cut.bounds, at)
			begin = at
		}
	}
	cut.bounds = append(cut.bounds, len(text))
	return cut, indent >= 0
}

// isBlank reports whether line is white space, or a comment.
func isBlank(line string) bool {
	line = strings.TrimLeft(line, " \t\r")
	return line == "" || line[0] == '#'
}
