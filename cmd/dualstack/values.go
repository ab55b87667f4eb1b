package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/mutate"
)

// toggle is a flag with the words of an annotation: yes and on mean different
// things to different readers of YAML.
type toggle bool

func (t *toggle) String() string {
	if *t {
		return mutate.Enabled.String()
	}
	return mutate.Disabled.String()
}

func (t *toggle) Set(word string) error {
	state, err := mutate.ParseState(word)
	if err != nil || state == mutate.Unknown {
		return fmt.Errorf("%q is not one of %s", word, t.Type())
	}
	*t = state == mutate.Enabled
	return nil
}

func (t *toggle) Type() string { return "enabled|disabled" }

// state is a flag for what is known about the cluster.
type state struct {
	state     *mutate.State
	undecided string // the word for mutate.Unknown
}

func (s *state) String() string {
	if *s.state == mutate.Unknown {
		return s.undecided
	}
	return s.state.String()
}

func (s *state) Set(word string) error {
	for _, known := range []mutate.State{mutate.Enabled, mutate.Disabled} {
		if word == known.String() {
			*s.state = known
			return nil
		}
	}
	if word != s.undecided {
		return fmt.Errorf("%q is not one of %s", word, s.Type())
	}
	*s.state = mutate.Unknown
	return nil
}

func (s *state) Type() string { return "enabled|disabled|" + s.undecided }

// choice is a flag with a closed set of words.
type choice struct {
	word  *string
	words []string
}

// newChoice sets word to the first of words, its default.
func newChoice(word *string, words ...string) *choice {
	*word = words[0]
	return &choice{word, words}
}

func (c *choice) String() string { return *c.word }

func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("%q is not one of %s", word, c.Type())
	}
	*c.word = word
	return nil
}

// Type leaves out the empty word, which cannot be seen.
func (c *choice) Type() string { return strings.TrimPrefix(strings.Join(c.words, "|"), "|") }
