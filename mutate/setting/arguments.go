package setting

import (
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/mutate/address"
)

// A Value is where the value of a setting stands in a list of arguments, and what
// becomes of it.
type Value struct {
	// Index is that of the argument that holds the value, or its first word.
	Index int
	// Old and New are the value, which may be a part of its argument. They are
	// equal where it stays.
	Old, New string
	// Argument is what the argument becomes, unless Append is not empty.
	Argument string
	// Append are arguments that must be added to the end. Where the last
	// occurrence counts, an argument that is given once more has another value.
	Append []string

	flag  string
	count int // of the arguments that are words of the value
}

// InArguments returns the values of the setting in argv, in its order, and what
// became of them: of all together, since two addresses of one port stand against
// each other. There is no value where the setting does not stand, and none is
// looked for in the text of a shell.
func (s Setting) InArguments(argv []string) ([]Value, address.Verdict) {
	first, end := program(argv)
	if RunsShell(argv) || s.Words && end < len(argv) {
		// Words are added to the end, which here would be another program's.
		return nil, address.NotUnderstood
	}
	values, verdict := s.inArguments(argv[first:end])
	for i := range values {
		values[i].Index += first
	}
	return values, verdict
}

func (s Setting) inArguments(argv []string) ([]Value, address.Verdict) {
	if s.Behind != "" {
		return s.behind(argv)
	}
	values := s.find(argv)
	if len(values) == 0 {
		return nil, address.NotUnderstood
	}
	if !s.Every {
		values = values[len(values)-1:]
		return values, s.rewrite(&values[0], argv)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.Old
	}
	texts, verdict := s.Grammar.RewriteEach(texts, s.Target)
	for i := range values {
		values[i].become(texts[i], argv)
	}
	return values, verdict
}

// find returns every value behind a flag.
func (s Setting) find(argv []string) []Value {
	var values []Value
	for i := 0; i < len(argv); i++ {
		name, joined, isJoined := strings.Cut(argv[i], "=")
		switch {
		case !slices.Contains(s.Flags, name):
		case s.Words:
			words := argv[i+1:]
			if next := slices.IndexFunc(words, isLongFlag); next >= 0 {
				words = words[:next]
			}
			values = append(values, Value{Index: i + 1, Old: strings.Join(words, " "), flag: name, count: len(words)})
			i += len(words)
		case isJoined:
			values = append(values, Value{Index: i, Old: joined})
		case i+1 < len(argv):
			i++
			values = append(values, Value{Index: i, Old: argv[i]})
		}
	}
	return slices.DeleteFunc(values, func(v Value) bool { return s.Words && v.count == 0 })
}

func isLongFlag(argument string) bool { return strings.HasPrefix(argument, "--") }

// behind returns the first argument behind the word that can be read; if none
// can, the first.
func (s Setting) behind(argv []string) ([]Value, address.Verdict) {
	word := slices.Index(argv, s.Behind)
	if word < 0 {
		return nil, address.NotUnderstood
	}
	var first []Value
	for i := word + 1; i < len(argv); i++ {
		if strings.HasPrefix(argv[i], "-") {
			continue
		}
		v := Value{Index: i, Old: argv[i]}
		if verdict := s.rewrite(&v, argv); verdict != address.NotUnderstood {
			return []Value{v}, verdict
		}
		if first == nil {
			first = []Value{v}
		}
	}
	return first, address.NotUnderstood
}

// rewrite decides about one value alone.
func (s Setting) rewrite(v *Value, argv []string) address.Verdict {
	text, verdict := s.Grammar.Rewrite(v.Old, s.Target)
	v.become(text, argv)
	return verdict
}

// become sets what v becomes. Words are only ever added, and to the end.
func (v *Value) become(text string, argv []string) {
	argument := argv[v.Index]
	v.New, v.Argument = text, argument
	switch {
	case text == v.Old:
		return
	case v.count == 0, v.count == 1 && strings.Contains(argument, " "):
		v.Argument = strings.TrimSuffix(argument, v.Old) + text
		return
	}
	words := strings.Split(text, " ")
	if more, isMore := strings.CutPrefix(text, v.Old+" "); isMore && v.Index+v.count == len(argv) {
		v.Append = strings.Split(more, " ")
		return
	}
	v.Append = append([]string{v.flag}, words...)
}
