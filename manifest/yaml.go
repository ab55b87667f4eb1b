package manifest

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML returns the tree of the one YAML document in text; nil if there is
// nothing but comments.
func readYAML(text string) (*node, error) {
	if err := checkControl(text); err != nil {
		return nil, err
	}
	if root := readParts(text, partSize); root != nil {
		return root, nil
	}
	return (&treeReader{text: text}).read()
}

// read returns the tree of r's text.
func (r *treeReader) read() (*node, error) {
	r.lines = lineStarts(r.text)
	r.anchors = make(map[*yaml.Node]anchored)
	document, err := decodeYAML(r.text)
	if document == nil || err != nil {
		return nil, r.place(err)
	}
	root := new(node)
	if _, err := r.fill(root, document.Content[0], 1); err != nil {
		return nil, err
	}
	return root, nil
}

func checkControl(text string) error {
	if at := strings.IndexFunc(text, isControl); at >= 0 {
		return &problemError{at: at, text: "a control character, which YAML does not allow: is this a manifest?"}
	}
	return nil
}

// isControl reports whether YAML allows r nowhere:
// https://yaml.org/spec/1.2.2/#51-character-set
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85
}

// decodeYAML returns the document node of text, which may hold no second one.
// A panic of the decoder is an error: no file may stop the program.
func decodeYAML(text string) (document *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	document = new(yaml.Node)
	switch err := decoder.Decode(document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var second yaml.Node
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return document, nil
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("yaml: line %d: a second document, without a \"---\" line that is its own", second.Line)
}

// The forms of the decoder's errors. It does not say where an unknown anchor is.
var (
	yamlError     = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// place returns an error of the decoder as a problem with an offset.
func (r *treeReader) place(err error) error {
	if err == nil {
		return nil
	}
	match := yamlError.FindStringSubmatch(err.Error())
	if match == nil {
		return err
	}
	if anchor := unknownAnchor.FindStringSubmatch(match[2]); anchor != nil {
		return &problemError{at: max(0, strings.Index(r.text, "*"+anchor[1])), text: match[2]}
	}
	line, _ := strconv.Atoi(match[1])
	// The decoder counts from 0 where the grammar is at fault, and from 1 where
	// it is a token.
	if !strings.HasPrefix(match[2], "did not find expected") {
		line--
	}
	line = min(max(line, 0), len(r.lines)-1)
	return &problemError{at: int(r.lines[line]), text: match[2]}
}
