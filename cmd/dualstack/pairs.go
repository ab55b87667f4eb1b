package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pairs is a flag of KEY=VALUE pairs with commas between them, which is a mapping
// in the configuration file. It can be given more than once.
type pairs[K comparable, V any] struct {
	values *map[K]V
	parse  func(key, value string) (K, V, error)
	words  string // for the help, such as "NAME=enabled,..."
}

func (p pairs[K, V]) String() string {
	var words []string
	for key, value := range *p.values {
		words = append(words, fmt.Sprintf("%v=%v", key, value))
	}
	slices.Sort(words)
	return strings.Join(words, ",")
}

func (p pairs[K, V]) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("%q is not %s", pair, strings.TrimSuffix(p.words, ",..."))
		}
		if err := p.SetPair(key, value); err != nil {
			return err
		}
	}
	return nil
}

// SetPair adds a pair. One whose key is there already is an error.
func (p pairs[K, V]) SetPair(key, value string) error {
	k, v, err := p.parse(key, value)
	if err != nil {
		return err
	}
	if _, ok := (*p.values)[k]; ok {
		return fmt.Errorf("%s stands twice", key)
	}
	// A value that others hold does not change.
	*p.values = maps.Clone(*p.values)
	if *p.values == nil {
		*p.values = map[K]V{}
	}
	(*p.values)[k] = v
	return nil
}

func (p pairs[K, V]) Type() string { return p.words }

// pairSetter is a flag that is a mapping in the configuration file.
type pairSetter interface {
	SetPair(key, value string) error
}
