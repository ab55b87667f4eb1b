package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// The configuration file says what it is, as every Kubernetes document does.
const (
	configAPIVersion = "dualstack.dev/v1alpha1"
	configKind       = "Configuration"
)

// loadFile sets the flags that are not given from a configuration document. An
// unknown key, a key that stands twice and a value that makes no sense are
// errors that name the line and the whole key.
func loadFile(flags *pflag.FlagSet, file string, data []byte, given map[string]bool) error {
	root, err := readMapping(data)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	document := document{
		file:   file,
		header: map[string]string{"apiVersion": configAPIVersion, "kind": configKind},
		flags:  keys(flags),
		given:  given,
		seen:   map[string]bool{},
	}
	if err := document.read(root, ""); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(document.header)) {
		if !document.seen[key] {
			return fmt.Errorf("%s: %s: missing, must be %s", file, key, document.header[key])
		}
	}
	return nil
}

// document is a configuration document while it is read.
type document struct {
	file   string
	header map[string]string      // what the keys that are no settings must say
	flags  map[string]*pflag.Flag // by key
	given  map[string]bool        // flags that the document does not set, by name
	seen   map[string]bool        // keys
}

// read reads a mapping: the whole document, or the section of that name.
func (d *document) read(mapping *yaml.Node, section string) error {
	for pair := range slices.Chunk(mapping.Content, 2) {
		name, value := pair[0].Value, pair[1]
		key := name
		if section != "" {
			key = section + "." + name
		}
		var err error
		switch {
		case d.seen[key]:
			err = errors.New("stands twice")
		case section == "" && slices.Contains(sections(), name) && value.Kind == yaml.MappingNode:
			d.seen[key] = true
			if err := d.read(value, key); err != nil {
				return err
			}
		case strings.Contains(name, "."):
			err = errors.New("unknown key")
		default:
			err = d.set(key, value)
		}
		if err != nil {
			return d.locate(pair[0].Line, key, err)
		}
		d.seen[key] = true
	}
	return nil
}

// locate says where in the document an error is. One about a profile knows better.
func (d *document) locate(line int, key string, err error) error {
	if at, ok := errors.AsType[*sidecar.Error](err); ok {
		line, key, err = at.Line, key+at.Key, at.Err
	}
	return fmt.Errorf("%s:%d: %s: %w", d.file, line, key, err)
}

// set sets the flag of a key, or checks what the header says.
func (d *document) set(key string, value *yaml.Node) error {
	flag, isFlag := d.flags[key]
	want, isHeader := d.header[key]
	switch {
	case isHeader && value.Value != want:
		return fmt.Errorf("%q is not %s", value.Value, want)
	case slices.Contains(sections(), key):
		return errors.New("not a mapping of settings")
	case !isHeader && !isFlag:
		return errors.New("unknown key")
	case isFlag && !d.given[flag.Name]:
		return set(flag.Value, value)
	default:
		return nil
	}
}

// readMapping returns the one mapping that a document is.
func readMapping(data []byte) (*yaml.Node, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("not a mapping of settings with apiVersion: %s and kind: %s", configAPIVersion, configKind)
	}
	return document.Content[0], nil
}

// set gives a flag the value of a key. Only a flag that holds a list takes one, only
// one that holds pairs a mapping, and only one that says so a list of mappings.
func set(flag pflag.Value, node *yaml.Node) error {
	list, isList := flag.(pflag.SliceValue)
	pairs, isPairs := flag.(pairSetter)
	nodes, isNodes := flag.(nodeSetter)
	switch {
	case isNodes && node.Kind == yaml.SequenceNode:
		return nodes.SetNodes(node.Content)
	case isPairs:
		return setPairs(pairs, node)
	case isWord(node):
		return flag.Set(node.Value)
	case !isList:
		return errors.New("not a value")
	case node.Kind != yaml.SequenceNode:
		return errors.New("neither a value nor a list of values")
	}
	items := make([]string, len(node.Content))
	for i, item := range node.Content {
		if !isWord(item) {
			return fmt.Errorf("element %d is not a value", i)
		}
		items[i] = item.Value
	}
	return list.Replace(items)
}

func setPairs(pairs pairSetter, node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return errors.New("not a mapping")
	}
	for pair := range slices.Chunk(node.Content, 2) {
		if !isWord(pair[0]) || !isWord(pair[1]) {
			return fmt.Errorf("%s: not a value", pair[0].Value)
		}
		if err := pairs.SetPair(pair[0].Value, pair[1].Value); err != nil {
			return err
		}
	}
	return nil
}

// isWord reports whether node can be given to a flag. A null is not the word
// "null", nor the default.
func isWord(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null"
}
