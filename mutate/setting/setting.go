// Package setting finds where a program is told what it is about, in a variable
// or in its arguments, and rewrites it there.
package setting

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dualstack-dev/webhook/mutate/address"
)

// A Setting is one thing that a program is told: where, how the value is
// written, and what serves both IP families. It stands in one of three places.
type Setting struct {
	// Env is the name of a variable.
	Env string `json:"env"`
	// Flags are the names of an argument, each with its hyphens. Its value is the
	// next argument, or stands behind a "=".
	Flags []string `json:"flags"`
	// Behind is a word, such as a subcommand, that the value stands behind as an
	// argument without a flag.
	Behind string `json:"behind"`
	// Every says that each occurrence of the argument counts; otherwise the last
	// does.
	Every bool `json:"every"`
	// Words says that the value is a list with spaces, each item an argument of
	// its own, up to the next one that begins with "--".
	Words bool `json:"words"`
	// Grammar is how the value is written.
	Grammar address.Grammar `json:"grammar"`
	// Target is what serves both families in this program.
	Target address.Target `json:"target"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// NeedsIPv6 reports whether what is written does not work without IPv6 in the
// kernel.
func (s Setting) NeedsIPv6() bool { return s.Grammar.NeedsIPv6(s.Target) }

// String returns where the setting stands, for the documentation.
func (s Setting) String() string {
	switch {
	case s.Env != "":
		return s.Env
	case s.Behind != "":
		return s.Behind + " ADDRESS"
	default:
		return strings.Join(s.Flags, ", ")
	}
}

// Validate returns what is wrong with a setting, beginning with its key.
func (s Setting) Validate() error {
	places := 0
	for _, is := range []bool{s.Env != "", len(s.Flags) > 0, s.Behind != ""} {
		if is {
			places++
		}
	}
	for _, flag := range s.Flags {
		if !strings.HasPrefix(flag, "-") || strings.ContainsAny(flag, "= ") {
			return fmt.Errorf("flags: %q is not the name of an argument, such as --bind", flag)
		}
	}
	switch {
	case places != 1:
		return errors.New("env, flags, behind: must have one of them")
	case (s.Every || s.Words) && len(s.Flags) == 0:
		return errors.New("every, words: are for flags")
	case s.Every && s.Words:
		return errors.New("every, words: must not be both")
	case s.Grammar == address.Grammar{}:
		return errors.New("grammar: must not be empty")
	case s.Words && !strings.HasPrefix(s.Grammar.String(), "space list of "):
		return fmt.Errorf("grammar: the words of several arguments are a space list, not a %s", s.Grammar)
	}
	if err := s.Grammar.Check(s.Target); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if s.Why == "" {
		return errors.New("why: must not be empty")
	}
	return nil
}
