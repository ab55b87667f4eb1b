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
	text  string
	key   int // the offset of "items"
	parts []listPart
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
	trees := make([]*node, len(list.parts))
	if !list.each(func(i int, tree *node) bool { trees[i] = tree; return true }) {
		return nil
	}
	for _, tree := range trees[1:] {
		trees[0].content = append(trees[0].content, tree.content...)
	}
	*items = *trees[0]
	return root
}

// meansInParts reports whether text is a large List whose value is that of n,
// and in which nothing is wrong. It holds no more than a few parts at a time. If
// it reports false, only reading text as a whole can tell.
func meansInParts(n *node, text string, size int) bool {
	want := n.member("items")
	list, ok := cut(text, size)
	if !ok || want == nil || want.kind != sequence {
		return false
	}
	root, items := list.frame()
	if items == nil || root.check() != nil {
		return false
	}
	var read atomic.Int64
	same := list.each(func(i int, tree *node) bool {
		read.Add(int64(len(tree.content)))
		return tree.check() == nil && tree.isSlice(want, list.parts[i].index)
	})
	*items = *want
	return same && int(read.Load()) == len(want.content) && n.difference(root) == nil
}

// isSlice reports whether n's elements are those of whole from index on.
func (n *node) isSlice(whole *node, index int) bool {
	end := index + len(n.content)
	if end > len(whole.content) {
		return false
	}
	slice := node{kind: sequence, content: whole.content[index:end]}
	return slice.difference(n) == nil
}

// frame returns the tree of the List without its items, and its "items", which
// have no value; nil if it cannot be read so.
func (l cutList) frame() (root, items *node) {
	first, last := l.parts[0].from, l.parts[len(l.parts)-1].to
	r := treeReader{text: l.text[:first] + l.text[last:], after: int32(first), shift: int32(last - first)} //nolint:gosec // The length of a document is checked.
	root, err := r.read()
	if err != nil || root == nil || root.kind != mapping {
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

// each reads the parts, as many at a time as there are processors, and calls do
// with each. It reports whether all are sequences and do returned true for all.
func (l cutList) each(do func(i int, tree *node) bool) bool {
	var failed atomic.Bool
	var workers sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range work {
				tree := l.parts[i].read(l.text)
				if tree == nil || !do(i, tree) {
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
	return !failed.Load()
}

// read returns the sequence that p is, or nil. What is wrong with it is said
// when the whole is read.
func (p listPart) read(text string) *node {
	r := treeReader{text: text[p.from:p.to], shift: int32(p.from)} //nolint:gosec // The length of a document is checked.
	tree, err := r.read()
	if err != nil || tree == nil || tree.kind != sequence || tree.style != block || tree.props != nil {
		return nil
	}
	return tree
}

// cut cuts text, if it is twice as large as size, after the line "items:",
// before every entry that is size behind the one before, and after the last
// entry.
func cut(text string, size int) (list cutList, ok bool) {
	list = cutList{text: text, key: strings.Index(text, "\nitems:") + 1}
	if len(text) < 2*size || list.key == 0 || !isBlank(text[list.key+len("items:"):lineBreak(text, list.key)]) {
		return list, false
	}
	indent, entries := -1, 0 // indent is that of the entries
	begin := min(lineBreak(text, list.key)+1, len(text))
	part := listPart{from: begin}
	for at := begin; at < len(text); at = lineBreak(text, at) + 1 {
		end := lineBreak(text, at)
		line := strings.TrimLeft(text[at:end], " ")
		column := end - at - len(line)
		isEntry := isMarker(line, "-")
		switch {
		case isBlank(line), indent >= 0 && column > indent:
			continue
		case isEntry && indent < 0:
			indent = column
		case isEntry && column == indent:
			if at-part.from >= size {
				part.to = at
				list.parts = append(list.parts, part)
				part = listPart{from: at, index: entries}
			}
		case column == 0 && indent >= 0:
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
	return list, indent >= 0
}

// isBlank reports whether line is white space, or a comment.
func isBlank(line string) bool {
	line = strings.TrimLeft(line, " \t\r")
	return line == "" || line[0] == '#'
}
