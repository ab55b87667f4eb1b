package manifest

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// treeReader makes nodes of a decoder's, which are three times as large and do
// not know where they are, but for a line and a column.
type treeReader struct {
	text    string
	lines   []int32
	anchors map[*yaml.Node]anchored
	// What is at after or behind it stands further behind, by shift, in the
	// document that text is a part of.
	after, shift int32
}

// anchored is a node that has an anchor, and its extent.
type anchored struct {
	*node
	extent
}

// An extent is how large a tree is with its aliases written out: its nodes and
// bytes, and its depth.
type extent struct {
	size, depth int
}

// maxDepth is more than any manifest nests, and little enough to recurse.
const maxDepth = 1000

// maxExpansion is how many times larger aliases may make a document, beyond
// what a small one may come to anyway. It stops "billion laughs".
const (
	maxExpansion = 10
	smallTree    = 1 << 20
)

// fill makes n the node that y is, at that depth, and lets go of y's content.
func (r *treeReader) fill(n *node, y *yaml.Node, depth int) (extent, error) {
	*n = node{kind: kinds[y.Kind], style: nodeStyle(y), start: r.offset(y.Line, y.Column), end: -1}
	if depth > maxDepth {
		return extent{}, problem(n, "nested more than %d deep", maxDepth)
	}
	if y.Kind == yaml.AliasNode {
		return r.fillAlias(n, y, depth)
	}
	n.value = r.valueOf(n, y)
	r.move(n)
	if y.Style&yaml.TaggedStyle != 0 || y.Anchor != "" {
		n.props = &properties{anchor: y.Anchor}
		if y.Style&yaml.TaggedStyle != 0 {
			n.props.tag = y.Tag
		}
	}
	total := extent{size: 1 + len(n.value)}
	slab := make([]node, len(y.Content))
	n.content = make([]*node, len(y.Content))
	for i := range slab {
		n.content[i] = &slab[i]
		child, err := r.fill(&slab[i], y.Content[i], depth+1)
		if err != nil {
			return extent{}, err
		}
		total.size += child.size
		total.depth = max(total.depth, child.depth)
	}
	y.Content = nil
	total.depth++
	if total.size > smallTree+maxExpansion*len(r.text) {
		return extent{}, problem(n, "aliases make the document more than %d times as large", maxExpansion)
	}
	if y.Anchor != "" {
		r.anchors[y] = anchored{n, total}
	}
	return total, nil
}

func (r *treeReader) fillAlias(n *node, y *yaml.Node, depth int) (extent, error) {
	target, ok := r.anchors[y.Alias]
	n.value = y.Value
	r.move(n)
	switch {
	case !ok:
		return extent{}, problem(n, "the alias *%s refers to what it is a part of", y.Value)
	case depth+target.depth > maxDepth:
		return extent{}, problem(n, "nested more than %d deep", maxDepth)
	}
	target.shared = true
	n.content = []*node{target.node}
	return target.extent, nil
}

// move makes n's place that in the document.
func (r *treeReader) move(n *node) {
	if n.start >= r.after {
		n.start += r.shift
	}
}

var kinds = map[yaml.Kind]kind{
	yaml.ScalarNode: scalar, yaml.MappingNode: mapping, yaml.SequenceNode: sequence, yaml.AliasNode: alias,
}

func nodeStyle(y *yaml.Node) style {
	collection := y.Kind == yaml.MappingNode || y.Kind == yaml.SequenceNode
	switch {
	case y.Style&yaml.FlowStyle != 0:
		return flow
	case collection:
		return block
	case y.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted
	case y.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted
	case y.Style&yaml.LiteralStyle != 0:
		return literal
	case y.Style&yaml.FoldedStyle != 0:
		return folded
	}
	return plain
}

// valueOf returns y's value, as a part of the text where it is one, so that the
// decoder's copy can go.
func (r *treeReader) valueOf(n *node, y *yaml.Node) string {
	at := int(n.start)
	if n.style == doubleQuoted || n.style == singleQuoted {
		at++
	}
	if at < len(r.text) && strings.HasPrefix(r.text[at:], y.Value) {
		return r.text[at : at+len(y.Value)]
	}
	return y.Value
}

// offset returns where a line and a column, which counts characters, are.
func (r *treeReader) offset(line, column int) int32 {
	at := int(r.lines[min(max(line-1, 0), len(r.lines)-1)])
	for ; column > 1 && at < len(r.text); column-- {
		if r.text[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRuneInString(r.text[at:])
		at += size
	}
	return int32(at) //nolint:gosec // The length of a document is checked.
}

// lineStarts returns where the lines of text begin, as the decoder counts them:
// it knows the line breaks of YAML 1.1. The byte order mark is on no line.
func lineStarts(text string) []int32 {
	var start int32
	if strings.HasPrefix(text, byteOrderMark) {
		start = int32(len(byteOrderMark))
	}
	lines := append(make([]int32, 0, len(text)/24), start)
	for i := range len(text) {
		end := 0
		switch c := text[i]; {
		case c == '\n', c == '\r' && !strings.HasPrefix(text[i+1:], "\n"):
			end = i + 1
		case c == 0xc2 && strings.HasPrefix(text[i:], "\u0085"):
			end = i + len("\u0085")
		case c == 0xe2 && (strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029")):
			end = i + len("\u2028")
		}
		if end > 0 {
			lines = append(lines, int32(end))
		}
	}
	return lines
}
