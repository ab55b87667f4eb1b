package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// The configuration file says what it is, as every Kubernetes document does.
const (
	configAPIVersion = "dualstack.dev/v1alpha1"
	configKind       = "Configuration"
)

// loadFile sets the flags that are not given from a configuration document. An
// unknown key, a key that stands twice and a value that makes no sense are
// errors that name the line.
func loadFile(flags *pflag.FlagSet, file string, data []byte, given map[string]bool) error {
	pairs, err := readMapping(data)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	header := map[string]string{"apiVersion": configAPIVersion, "kind": configKind}
	flagOf := keys(flags)
	seen := map[string]bool{}
	for pair := range slices.Chunk(pairs, 2) {
		key, value := pair[0], pair[1]
		want, isHeader := header[key.Value]
		flag, isFlag := flagOf[key.Value]
		var err error
		switch {
		case seen[key.Value]:
			err = errors.New("stands twice")
		case isHeader && value.Value != want:
			err = fmt.Errorf("%q is not %s", value.Value, want)
		case !isHeader && !isFlag:
			err = errors.New("unknown key")
		case isFlag && !given[flag.Name]:
			err = set(flag.Value, value)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", file, key.Line, key.Value, err)
		}
		seen[key.Value] = true
	}
	for _, key := range slices.Sorted(maps.Keys(header)) {
		if !seen[key] {
			return fmt.Errorf("%s: %s: missing, must be %s", file, key, header[key])
		}
	}
	return nil
}

// readMapping returns the keys and values, by turns, of the one mapping that a
// document is.
func readMapping(data []byte) ([]*yaml.Node, error) {
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
	return document.Content[0].Content, nil
}

// set gives a flag the value of a key. Only a flag that holds a list takes one.
func set(flag pflag.Value, node *yaml.Node) error {
	list, isList := flag.(pflag.SliceValue)
	switch {
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

// isWord reports whether node can be given to a flag. A null is not the word
// "null", nor the default.
func isWord(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null"
}
