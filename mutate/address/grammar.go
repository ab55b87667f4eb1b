package address

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Grammar says how the value of a setting is written:
//
//	host                   an address without brackets, a wildcard or a name; or nothing
//	bracketed host         likewise, an IPv6 address in brackets
//	host:port              both, an IPv6 address in brackets
//	host:port or :port     likewise; without a host it is the unspecified IPv4 address
//	url                    scheme://host, with a port or a path or neither
//	redis bind             as in Redis: "-" says that it may be missing, "*" and "::*" are all addresses
//	boolean                as strconv.ParseBool reads it
//	one of ipv4, dualstack exactly one of these words
//
// or as a list of such, which names its separator and, where the program has a
// limit, how many it may hold:
//
//	comma list of host:port
//	comma list of up to 2 host:port
//	space list of redis bind
//	semicolon list of url
//
// The zero Grammar understands nothing.
type Grammar struct {
	form      form
	separator string // of a list
	limit     int    // of a list; 0 is none
	words     string // of formWord, with ", " between them
}

// form is how one item is written.
type form uint8

const (
	formNone form = iota
	formHost
	formBracketed
	formHostPort
	formOptionalHostPort
	formURL
	formRedis
	formBoolean
	formWord
)

var forms = []struct {
	name string
	form form
}{
	{"host", formHost},
	{"bracketed host", formBracketed},
	{"host:port", formHostPort},
	{"host:port or :port", formOptionalHostPort},
	{"url", formURL},
	{"redis bind", formRedis},
	{"boolean", formBoolean},
}

var separators = []struct{ name, separator string }{
	{"comma list of ", ","},
	{"space list of ", " "},
	{"semicolon list of ", ";"},
}

const (
	oneOf = "one of "
	upTo  = "up to "
)

// ParseGrammar returns the grammar that text names. An error names what is
// allowed.
func ParseGrammar(text string) (Grammar, error) {
	if words, ok := strings.CutPrefix(text, oneOf); ok {
		return parseWords(text, words)
	}
	var g Grammar
	name := text
	for _, list := range separators {
		if item, ok := strings.CutPrefix(name, list.name); ok {
			g.separator = list.separator
			name, g.limit = cutLimit(item)
			break
		}
	}
	for _, known := range forms {
		if name == known.name && (g.separator == "" || known.form != formBoolean) {
			g.form = known.form
			return g, nil
		}
	}
	return Grammar{}, fmt.Errorf(`%q is not a grammar: use %s, "one of" with words, or a comma, space or semicolon list of addresses, as in "comma list of host:port"`, text, formNames())
}

// cutLimit splits what a list is of into the item and how many there may be.
func cutLimit(item string) (name string, limit int) {
	number, name, ok := strings.Cut(strings.TrimPrefix(item, upTo), " ")
	limit, err := strconv.Atoi(number)
	if !strings.HasPrefix(item, upTo) || !ok || err != nil || limit < 1 {
		return item, 0
	}
	return name, limit
}

// parseWords takes no word that may be an address: a value is never told by its
// text alone to serve more than it did.
func parseWords(text, words string) (Grammar, error) {
	list := strings.Split(words, ", ")
	for i, word := range list {
		if !isWord(word) || slices.Contains(list[:i], word) {
			return Grammar{}, fmt.Errorf(`%q is not a grammar: %q is twice there, or is no word of letters, digits, "-" and "_" that cannot be an address`, text, word)
		}
	}
	return Grammar{form: formWord, words: words}, nil
}

// UnmarshalText reads a grammar as [ParseGrammar] does.
func (g *Grammar) UnmarshalText(text []byte) (err error) {
	*g, err = ParseGrammar(string(text))
	return err
}

// String returns the text that g is written as.
func (g Grammar) String() string {
	var text strings.Builder
	for _, list := range separators {
		if g.separator == list.separator {
			text.WriteString(list.name)
		}
	}
	if g.limit > 0 {
		fmt.Fprintf(&text, "%s%d ", upTo, g.limit)
	}
	for _, known := range forms {
		if g.form == known.form {
			text.WriteString(known.name)
		}
	}
	if g.form == formWord {
		text.WriteString(oneOf + g.words)
	}
	return text.String()
}

// Check returns why t cannot be written in g, as a sentence of what can.
func (g Grammar) Check(t Target) error {
	addresses := g.form != formBoolean && g.form != formWord
	switch {
	case g.form == formBoolean && t.word != "true" && t.word != "false":
		return fmt.Errorf("the target of a boolean is true or false, not %q", t)
	case g.form == formWord && !slices.Contains(g.wordList(), t.word):
		return fmt.Errorf("the target is one of %s, not %q", g.words, t)
	case addresses && t.hosts == nil:
		return fmt.Errorf("%q is no target for an address", t)
	case t.add && g.separator == "":
		return fmt.Errorf("%q adds to a list, and %q is none", t, g)
	case g.form == formRedis && !t.add:
		return fmt.Errorf(`%q has addresses of one family each: use "and ::" or "and ::1"`, g)
	case (g.form != formHost || g.separator != "") && slices.Contains(t.hosts, noHost):
		return fmt.Errorf("%q cannot be empty", g)
	}
	return nil
}

// NeedsIPv6 reports whether what t writes in g is an IPv6 address that must be
// there: without IPv6 in the kernel the program does not start, and where the
// kernel keeps the families apart it may lose IPv4.
func (g Grammar) NeedsIPv6(t Target) bool {
	return g.Check(t) == nil && g.form != formRedis && len(t.hosts) > 0 && t.hosts[0].isIPv6()
}

// Widens reports whether a program that is told what t writes in g may listen on
// other addresses than loopback ones, of a family that it did not listen on.
func (g Grammar) Widens(t Target) bool {
	return g.Check(t) == nil && len(t.hosts) > 0 && t.subject() == unspecified4 && t.hosts[0] != unspecified4
}

// HasWords reports whether the values of g are words that say all themselves.
func (g Grammar) HasWords() bool { return g.form == formBoolean || g.form == formWord }

func (g Grammar) wordList() []string { return strings.Split(g.words, ", ") }

func formNames() string {
	names := make([]string, len(forms))
	for i, known := range forms {
		names[i] = strconv.Quote(known.name)
	}
	return strings.Join(names, ", ")
}
