package manifest

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

var errNoJSON = errors.New("neither an object nor an array")

// readJSON returns the tree of the one JSON object or array that text holds.
func readJSON(text string) (*node, error) {
	begin := jsonStart(text)
	if begin == len(text) || text[begin] != '{' && text[begin] != '[' {
		return nil, errNoJSON
	}
	r := jsonReader{text: text, begin: begin, decoder: newJSONDecoder(text[begin:])}
	root := new(node)
	if err := r.fill(root, 1); err != nil {
		return nil, r.place(err)
	}
	if !isJSONEnd(text, int(root.end)) {
		return nil, &problemError{at: int(root.end), text: "something follows the JSON value"}
	}
	return root, nil
}

// beginsLikeJSON reports whether what begins text is more likely to be meant as
// JSON than as YAML.
func beginsLikeJSON(text string) bool {
	text = text[jsonStart(text):]
	if text == "" || text[0] != '{' && text[0] != '[' {
		return false
	}
	text = strings.TrimLeft(text, "{[ \t\r\n")
	return strings.HasPrefix(text, `"`)
}

type jsonReader struct {
	text    string
	begin   int // where the decoder began
	decoder *jsontext.Decoder
}

// fill makes n the next value, at that depth.
func (r *jsonReader) fill(n *node, depth int) error {
	n.start = int32(r.begin) + int32(r.decoder.InputOffset()) //nolint:gosec // The length of a document is checked.
	for int(n.start) < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[n.start]) >= 0 {
		n.start++
	}
	kind := r.decoder.PeekKind()
	if kind != '{' && kind != '[' {
		return r.fillScalar(n)
	}
	if depth > maxDepth {
		return problem(n, "nested more than %d deep", maxDepth)
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	n.kind, n.style = mapping, flow
	if kind == '[' {
		n.kind = sequence
	}
	for next := r.decoder.PeekKind(); next != '}' && next != ']'; next = r.decoder.PeekKind() {
		child := new(node)
		if err := r.fill(child, depth+1); err != nil {
			return err
		}
		n.content = append(n.content, child)
	}
	_, err := r.decoder.ReadToken()
	n.end = r.offset()
	return err
}

func (r *jsonReader) fillScalar(n *node) error {
	raw, err := r.decoder.ReadValue()
	if err != nil {
		return err
	}
	n.end = r.offset()
	n.value = r.text[n.start:n.end]
	if raw.Kind() != '"' {
		return nil
	}
	n.style = doubleQuoted
	if n.value = n.value[1 : len(n.value)-1]; strings.IndexByte(n.value, '\\') < 0 {
		return nil
	}
	// Half of a surrogate pair is an error and U+FFFD.
	unquoted, _ := jsontext.AppendUnquote(nil, raw)
	n.value = string(unquoted)
	return nil
}

func (r *jsonReader) offset() int32 {
	return int32(r.begin) + int32(r.decoder.InputOffset()) //nolint:gosec // The length of a document is checked.
}

// place returns an error of the decoder as a problem with an offset.
func (r *jsonReader) place(err error) error {
	var e *jsontext.SyntacticError
	if !errors.As(err, &e) {
		return err
	}
	return &problemError{at: min(r.begin+int(e.ByteOffset), len(r.text)), text: e.Err.Error()}
}
