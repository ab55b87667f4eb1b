package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// The configuration file says what it is, as every Kubernetes document does.
const (
	configAPIVersion = "dualstack.dev/v1alpha1"
	configKind       = "Configuration"
)

// flagConfig is the one flag that has no key in the configuration file.
const flagConfig = "config"

// load sets the flags that were not given: from the environment, and where that
// is silent from the configuration file. Errors name the place.
func load(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	given := map[string]bool{}
	flags.Visit(func(flag *pflag.Flag) { given[flag.Name] = true })
	var errs []error
	flags.VisitAll(func(flag *pflag.Flag) {
		value, ok := lookup(variable(flag.Name))
		if given[flag.Name] || flag.Name == "help" || !ok {
			return
		}
		given[flag.Name] = true
		if err := flag.Value.Set(value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", variable(flag.Name), err))
		}
	})
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	file := flags.Lookup(flagConfig).Value.String()
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the configuration file: %w", err)
	}
	return loadFile(flags, file, data, given)
}

// loadFile sets the flags that are not given from a configuration document. An
// unknown key, a key that stands twice and a value that makes no sense are
// errors that name the line.
func loadFile(flags *pflag.FlagSet, file string, data []byte, given map[string]bool) error {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("%s: not a mapping of settings with apiVersion: %s and kind: %s", file, configAPIVersion, configKind)
	}
	header := map[string]string{"apiVersion": configAPIVersion, "kind": configKind}
	flagOf := keys(flags)
	seen := map[string]bool{}
	pairs := document.Content[0].Content
	for i := 0; i < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		at := fmt.Sprintf("%s:%d: %s", file, key.Line, key.Value)
		want, isHeader := header[key.Value]
		flag, isFlag := flagOf[key.Value]
		switch {
		case seen[key.Value]:
			return fmt.Errorf("%s: stands twice", at)
		case isHeader && value.Value != want:
			return fmt.Errorf("%s: %q is not %s", at, value.Value, want)
		case !isHeader && !isFlag:
			return fmt.Errorf("%s: unknown key", at)
		}
		seen[key.Value] = true
		if isHeader || given[flag.Name] {
			continue
		}
		text, err := scalar(value)
		if err == nil {
			err = flag.Value.Set(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	for key, want := range header {
		if !seen[key] {
			return fmt.Errorf("%s: %s: missing, must be %s", file, key, want)
		}
	}
	return nil
}

// scalar returns a value as a flag would be given it.
func scalar(node *yaml.Node) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		items := make([]string, len(node.Content))
		for i, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", fmt.Errorf("element %d is not a string", i)
			}
			items[i] = item.Value
		}
		return strings.Join(items, ","), nil
	default:
		return "", errors.New("neither a value nor a list of values")
	}
}

// keys returns the flags by their keys in the configuration file.
func keys(flags *pflag.FlagSet) map[string]*pflag.Flag {
	byKey := map[string]*pflag.Flag{}
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != flagConfig && flag.Name != "help" {
			byKey[key(flag.Name)] = flag
		}
	})
	return byKey
}

// key returns the configuration key of a flag: log-format is logFormat.
func key(flag string) string {
	words := strings.Split(flag, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// variable returns the environment variable of a flag: log-format is
// DUALSTACK_LOG_FORMAT.
func variable(flag string) string {
	return "DUALSTACK_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
