package manifest

import (
	"math"
	"strings"
	"unicode/utf8"
)

// A Parsed is a document that was read. It never changes.
type Parsed struct {
	text      string
	firstLine int
	items     *items // nil unless it is a part of a List
	json      bool   // it is JSON, which is YAML with other habits
	root      *node  // nil for a document that can hold no object
	objects   []Object
}

// Parse reads the document. An error says what is wrong, and on which line of
// the file: a document that is not UTF-8, is neither YAML nor JSON, nests too
// deep, or is a Kubernetes object that has a member twice.
//
// A document that can hold no Kubernetes object is not read at all, so nothing
// but its encoding can be wrong.
func (d Document) Parse() (*Parsed, error) {
	p := &Parsed{text: d.Text, firstLine: d.Line, items: d.items}
	if err := checkEncoding(p.text); err != nil {
		return nil, p.locate(err)
	}
	if p.items == nil && !mayHoldObject(p.text) {
		return p, nil
	}
	if err := p.read(); err != nil {
		return nil, p.locate(err)
	}
	objects, err := p.findObjects()
	if err != nil {
		return nil, p.locate(err)
	}
	p.objects = objects
	if p.items == nil && len(objects) == 0 || p.json {
		return p, nil
	}
	if err := p.root.check(); err != nil {
		return nil, p.locate(err)
	}
	return p, nil
}

// read makes the tree of p's text.
func (p *Parsed) read() error {
	if len(p.text) > math.MaxInt32 {
		return &problemError{text: "the document is larger than 2 GiB"}
	}
	if p.items != nil {
		root, err := readItems(p.text, p.items.indent)
		p.root = root
		return err
	}
	root, jsonErr := readJSON(p.text)
	if jsonErr == nil {
		p.json, p.root = true, root
		return nil
	}
	root, err := readYAML(p.text)
	if err != nil && beginsLikeJSON(p.text) {
		return jsonErr
	}
	p.root = root
	return err
}

// mayHoldObject reports whether text can have a member apiVersion: its name is
// there, or could be, written with escapes.
func mayHoldObject(text string) bool {
	return strings.Contains(text, "apiVersion") || strings.ContainsRune(text, '\\')
}

func checkEncoding(text string) error {
	if strings.HasPrefix(text, "\xfe\xff") || strings.HasPrefix(text, "\xff\xfe") {
		return &problemError{text: "the text is UTF-16: convert it to UTF-8"}
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return &problemError{at: i, text: "a NUL byte: this is no text"}
	}
	if !utf8.ValidString(text) {
		return &problemError{at: invalidByte(text), text: "a byte that is not UTF-8"}
	}
	return nil
}

func invalidByte(text string) int {
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
			return i
		}
	}
	return len(text)
}
