package address

import (
	"fmt"
	"slices"
	"strings"
)

// Target says what serves both IP families in one program. It is written as the
// hosts that do, the first of which an unspecified IPv4 address becomes:
//
//	::                the unspecified IPv6 address, with brackets where the grammar wants them
//	* or + or ::      a wildcard; the others are dual-stack already
//	empty             no host at all
//	0.0.0.0 or ::     nothing to do, as in a program in Go
//
// or as the one host that stands behind an address in a list, which stays:
//
//	and ::            behind an unspecified IPv4 address
//	and ::1           behind 127.0.0.1: a loopback address gains nothing but another
//
// or, for a boolean and a word, as the value. The zero Target changes nothing.
type Target struct {
	hosts []host
	add   bool   // the one host is added
	word  string // for a boolean and a word
}

// targetHosts are the hosts that a target may be written with. There is none that
// makes a loopback address anything else.
var targetHosts = map[string]host{
	"::":      unspecified6,
	"*":       {word: "*"},
	"+":       {word: "+"},
	"empty":   noHost,
	"0.0.0.0": unspecified4,
}

// ParseTarget returns the target that text is written as. An error names what is
// allowed.
func ParseTarget(text string) (Target, error) {
	switch {
	case text == "and ::":
		return Target{hosts: []host{unspecified6}, add: true}, nil
	case text == "and ::1":
		return Target{hosts: []host{loopback6}, add: true}, nil
	case isWord(text) && text != "empty":
		return Target{word: text}, nil
	}
	var t Target
	for name := range strings.SplitSeq(text, " or ") {
		h, ok := targetHosts[name]
		if !ok || slices.Contains(t.hosts, h) {
			return Target{}, fmt.Errorf(`%q is not a target: use "and ::", "and ::1", one or more of "::", "*", "+", "empty" and "0.0.0.0" with "or" between them, or a word`, text)
		}
		t.hosts = append(t.hosts, h)
	}
	return t, nil
}

// UnmarshalText reads a target as [ParseTarget] does.
func (t *Target) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTarget(string(text))
	return err
}

// String returns the text that t is written as.
func (t Target) String() string {
	if t.hosts == nil {
		return t.word
	}
	names := make([]string, len(t.hosts))
	for i, h := range t.hosts {
		if names[i] = h.String(); h == noHost {
			names[i] = "empty"
		}
	}
	if t.add {
		return "and " + names[0]
	}
	return strings.Join(names, " or ")
}

// subject is the host that t is about.
func (t Target) subject() host {
	if t.add && t.hosts[0] == loopback6 {
		return loopback4
	}
	return unspecified4
}

// isWord reports whether text is a word that cannot be an address or the name of
// one.
func isWord(text string) bool {
	return isName(text) && !strings.Contains(text, ".") && !strings.EqualFold(text, "localhost")
}
