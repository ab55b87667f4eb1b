package manifest

import "strings"

// A shape is how a document indents: how much deeper than a mapping the
// mappings in it stand, and the dashes of the sequences in it.
type shape struct {
	step, dash int
}

// The shape of what kubectl writes, for documents that show none.
const (
	usualStep = 2
	usualDash = 0
	unknown   = -1
)

// lookAround bounds how many nodes are looked at for a shape, in each of the
// collections around a place.
const lookAround = 2000

// lines returns a writer of lines in the style of what surrounds the place that
// is planned, which is after end.
func (p *planner) lines(end int) *lineWriter {
	s := shape{unknown, unknown}
	for i := len(p.path) - 1; i >= 0 && (s.step == unknown || s.dash == unknown); i-- {
		budget := lookAround
		p.measure(p.path[i], &s, &budget)
	}
	if s.step == unknown {
		s.step = usualStep
	}
	if s.dash == unknown {
		s.dash = usualDash
	}
	return &lineWriter{shape: s, eol: p.eol(end), gap: len("- ")}
}

// measure looks for the shape of n, nearest nodes first.
func (p *Parsed) measure(n *node, s *shape, budget *int) {
	if *budget--; *budget < 0 || n.kind == alias || n.style != block {
		return
	}
	if n.kind == mapping {
		for i := 1; i < len(n.content); i += 2 {
			p.measureValue(n, n.content[i], s)
		}
	}
	for _, child := range n.content {
		if s.step != unknown && s.dash != unknown {
			return
		}
		p.measure(child, s, budget)
	}
}

// measureValue looks at one value of the block mapping n.
func (p *Parsed) measureValue(n, value *node, s *shape) {
	if value.style != block || value.kind == alias || value.props != nil || n.props != nil {
		return
	}
	deeper := column(p.text, int(value.start)) - column(p.text, int(n.start))
	switch {
	case value.kind == mapping && s.step == unknown && deeper > 0:
		s.step = deeper
	case value.kind == sequence && s.dash == unknown && deeper >= 0:
		s.dash = deeper
	}
}

// eol returns the line break of the line that at is on; of the one before, if
// it is the last and has none.
func (p *Parsed) eol(at int) string {
	end := lineBreak(p.text, at)
	if end == len(p.text) {
		end = max(strings.LastIndexByte(p.text, '\n'), 0)
	}
	if strings.HasSuffix(p.text[:end], "\r") {
		return "\r\n"
	}
	return "\n"
}
