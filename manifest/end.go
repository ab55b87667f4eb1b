package manifest

import "strings"

// end returns the offset after the last byte of n, found by reading the text
// again along n's value: the decoder tells only where nodes begin.
func (p *Parsed) end(n *node) (int, error) {
	if n.end >= 0 {
		return int(n.end), nil
	}
	if n.isImplicit() {
		return int(n.start), nil
	}
	if n.style == block {
		return p.blockEnd(n)
	}
	body, properties := p.body(n)
	var end int
	ok := true
	switch {
	case n.kind == alias:
		end = body + len("*") + len(n.value)
	case n.style == flow:
		var span flowSpan
		span, ok = scanFlow(p.text, body)
		end = span.close + 1
	case n.style == doubleQuoted:
		end, ok = doubleQuotedEnd(p.text, body)
	case n.style == singleQuoted:
		end, ok = singleQuotedEnd(p.text, body)
	case n.style == literal || n.style == folded:
		end, ok = blockScalarEnd(p.text, body, n.value)
	case n.value == "":
		end = properties
	default:
		end, ok = along(p.text, body, n.value)
	}
	if !ok {
		return 0, problem(n, "the end of the value is hard to find: write it more plainly")
	}
	return end, nil
}

// blockEnd returns the end of the last leaf of a block collection.
func (p *Parsed) blockEnd(n *node) (int, error) {
	last := len(n.content) - 1
	if n.kind == sequence || !n.content[last].isImplicit() {
		return p.end(n.content[last])
	}
	colon, err := p.colon(n.content[last-1])
	return colon + 1, err
}

// body returns where n begins without its properties, and where those end.
func (p *Parsed) body(n *node) (body, properties int) {
	body, properties = int(n.start), int(n.start)
	for body < len(p.text) && (p.text[body] == '&' || p.text[body] == '!') {
		properties = propertyEnd(p.text, body)
		body = skipBlank(p.text, properties, "---")
	}
	return body, properties
}

// colon returns where the ":" after a key is.
func (p *Parsed) colon(key *node) (int, error) {
	end, err := p.end(key)
	if err != nil {
		return 0, err
	}
	at := skipBlank(p.text, end, "---")
	if at == len(p.text) || p.text[at] != ':' {
		return 0, problem(key, `there is no ":" after the key: write one`)
	}
	return at, nil
}

// along returns where text, from at on, has all of value but white space, which
// folding changes.
func along(text string, at int, value string) (int, bool) {
	if strings.HasPrefix(text[at:], value) {
		return at + len(value), true
	}
	for i := range len(value) {
		if isWhite(value[i]) {
			continue
		}
		for at < len(text) && isWhite(text[at]) {
			at++
		}
		if at == len(text) || text[at] != value[i] {
			return 0, false
		}
		at++
	}
	return at, true
}

// blockScalarEnd returns the end of the last line of the literal or folded
// scalar at at. Empty lines after it are a part of it if it keeps them.
func blockScalarEnd(text string, at int, value string) (int, bool) {
	header := lineBreak(text, at)
	keep := strings.Contains(blockHeader(text[at:header]), "+")
	end, ok := header, true
	if strings.TrimSpace(value) != "" {
		end, ok = along(text, header, "\n"+value)
		end = lineBreak(text, end)
	}
	last := end
	for next := end; next < len(text); {
		next = lineBreak(text, next+1)
		line := strings.TrimRight(text[last+1:next], "\r")
		if strings.TrimSpace(line) != "" || next == len(text) && line == "" {
			break
		}
		last = next
		keep = keep || line != ""
	}
	if keep {
		end = last
	}
	return end, ok
}

// blockHeader returns the indicators of a block scalar, without the comment
// after them.
func blockHeader(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, "|>+-0123456789"))]
}
