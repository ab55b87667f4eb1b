package main

import (
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

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
	state *mutate.State
	words stateWords
}

// stateWords are the words for each state.
type stateWords [3]string

// words returns those of most flags; undecided is the one for mutate.Unknown.
func words(undecided string) stateWords {
	return stateWords{mutate.Enabled: mutate.Enabled.String(), mutate.Disabled: mutate.Disabled.String(), mutate.Unknown: undecided}
}

// reinvocationWords returns those for whether Istio's injector is called once.
func reinvocationWords(undecided string) stateWords {
	return stateWords{
		mutate.Enabled:  string(admissionregistrationv1.NeverReinvocationPolicy),
		mutate.Disabled: string(admissionregistrationv1.IfNeededReinvocationPolicy),
		mutate.Unknown:  undecided,
	}
}

// list returns the words in the order in which people read them.
func (w stateWords) list() []string {
	return []string{w[mutate.Enabled], w[mutate.Disabled], w[mutate.Unknown]}
}

func (s *state) String() string { return s.words[*s.state] }

func (s *state) Set(word string) error {
	for known, name := range s.words {
		if word == name {
			*s.state = mutate.State(known)
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s", word, s.Type())
}

func (s *state) Type() string { return strings.Join(s.words.list(), "|") }

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
