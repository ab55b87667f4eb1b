package manifest

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// partSize is the size of the parts in which a large List is read: at the same
// time, and each with a small tree of the decoder's.
const partSize = 256 << 10

// A cutList is the text of a List, cut between its items.
type cutList struct {
	text   string
	key    int // the offset of "items"
	indent int // the column of the entries
	parts  []listPart
}

// A listPart is a part of a List: where it begins and ends in the text, and how
// many items stand before it.
type listPart struct {
	from, to int
	index    int
}

// readParts returns the tree of a large List, read in parts of about size, or
// nil if text is none, or its parts do not stand alone: then it is to be read
// as a whole.
//
// A part is a sequence at the column of the whole one, so it reads as it does
// there. What spans parts, a quoted scalar, a flow collection, or an alias of
// an anchor, does not read at all.
func readParts(text string, size int) *node {
	list, ok := cut(text, size)
	if !ok {
		return nil
	}
	root, items := list.frame()
	if items == nil {
		return nil
	}
	trees := list.read()
	if trees == nil {
		return nil
	}
	for _, tree := range trees[1:] {
		trees[0].content = append(trees[0].content, tree.content...)
	}
	*items = *trees[0]
	return root
}

// around returns what stands around the items.
func (l cutList) around() string {
	return l.text[:l.parts[0].from] + l.text[l.parts[len(l.parts)-1].to:]
}

// frame returns the tree of the List without its items, and its "items", which
// have no value; nil if it cannot be read so.
func (l cutList) frame() (root, items *node) {
	first, last := l.parts[0].from, l.parts[len(l.parts)-1].to
	r := treeReader{text: l.around(), after: int32(first), shift: int32(last - first)} //nolint:gosec // The length of a document is checked.
	root, err := r.read()
	if err != nil || root == nil || root.kind != mapping || root.style != block {
		return nil, nil
	}
	for i := 0; i < len(root.content); i += 2 {
		key, value := root.content[i], root.content[i+1]
		// What is not written is where the colon ends; a tag would be behind it.
		isFree := value.isImplicit() && int(value.start) == l.key+len("items:")
		if int(key.start) == l.key && key.value == "items" && isFree {
			return root, value
		}
	}
	return nil, nil
}

// read returns the sequences that the parts are, or nil if one is none. It reads
// as many at a time as there are processors.
func (l cutList) read() []*node {
	var failed atomic.Bool
	var workers sync.WaitGroup
	trees := make([]*node, len(l.parts))
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range work {
				if trees[i] = l.parts[i].read(l.text); trees[i] == nil {
					failed.Store(true)
				}
			}
		})
	}
	for i := range l.parts {
		if failed.Load() {
			break
		}
		work <- i
	}
	close(work)
	workers.Wait()
	if failed.Load() {
		return nil
	}
	return trees
}

// read returns the sequence that p is, or nil. What is wrong with it is said
// when the whole is read.
func (p listPart) read(text string) *node {
	r := treeReader{text: text[p.from:p.to], shift: int32(p.from)} //nolint:gosec // The length of a document is checked.
	tree, err := r.read()
	if err != nil || !tree.areItems() {
		return nil
	}
	return tree
}

// areItems reports whether n is a sequence of lines, and nothing but.
func (n *node) areItems() bool {
	return n != nil && n.kind == sequence && n.style == block && n.props == nil
}

// cut cuts text, if it is twice as large as size, after the line "items:",
// before every entry that is size behind the one before, and after the last
// entry.
func cut(text string, size int) (list cutList, ok bool) {
	list = cutList{text: text, key: strings.Index(text, "\nitems:") + 1, indent: -1}
	if len(text) < 2*size || list.key == 0 || !isBlank(text[list.key+len("items:"):lineBreak(text, list.key)]) {
		return list, false
	}
	entries := 0
	begin := min(lineBreak(text, list.key)+1, len(text))
	part := listPart{from: begin}
	for at := begin; at < len(text); at = lineBreak(text, at) + 1 {
		column, isEntry := listLine(text[at:lineBreak(text, at)])
		switch {
		case column == blankLine, list.indent >= 0 && column > list.indent:
			continue
		case isEntry && list.indent < 0:
			list.indent = column
		case isEntry && column == list.indent:
			if at-part.from >= size {
				part.to = at
				list.parts = append(list.parts, part)
				part = listPart{from: at, index: entries}
			}
		case column == 0 && list.indent >= 0:
			part.to = at
			list.parts = append(list.parts, part)
			return list, true
		default:
			return list, false
		}
		entries++
	}
	part.to = len(text)
	list.parts = append(list.parts, part)
	return list, list.indent >= 0
}

// blankLine is the column of a line that holds nothing.
const blankLine = -1

// listLine returns on which column a line begins, and whether it begins an entry
// of a sequence there.
func listLine(line string) (column int, isEntry bool) {
	if isBlank(line) {
		return blankLine, false
	}
	text := strings.TrimLeft(line, " ")
	return len(line) - len(text), isMarker(text, "-")
}

// isBlank reports whether line is white space, or a comment.
func isBlank(line string) bool {
	line = strings.TrimLeft(line, " \t\r")
	return line == "" || line[0] == '#'
}
