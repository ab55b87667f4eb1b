package address

import (
	"slices"
	"strconv"
	"strings"
)

// Rewrite returns value as t wants it, and the verdict. Where the verdict is not
// [Changed] it returns value as it is.
//
// What it never does: make of a loopback address anything else, or add to one
// anything but another loopback address; change a port; change an item of a list
// that is not an unspecified IPv4 address; change the same value twice. A list in
// which one item does not follow the grammar stays as it is.
func (g Grammar) Rewrite(value string, t Target) (string, Verdict) {
	switch {
	case g.Check(t) != nil:
		return value, NotUnderstood
	case g.form == formBoolean:
		return rewriteBoolean(value, t)
	case g.form == formWord:
		return g.rewriteWord(value, t)
	}
	texts := []string{value}
	if g.separator != "" {
		texts = strings.Split(value, g.separator)
	}
	texts, verdict := g.rewriteItems(texts, t)
	switch {
	case verdict != Changed:
		return value, verdict
	case g.limit > 0 && len(texts) > g.limit:
		return value, Kept
	}
	return strings.Join(texts, g.separator), Changed
}

// RewriteEach does with addresses that stand apart, as those of an argument that
// may be given more than once, what [Grammar.Rewrite] does with the items of a
// list. It takes no list and no target that adds to one.
func (g Grammar) RewriteEach(values []string, t Target) ([]string, Verdict) {
	if g.separator != "" || t.hosts == nil || g.Check(t) != nil {
		return values, NotUnderstood
	}
	return g.rewriteItems(values, t)
}

func rewriteBoolean(value string, t Target) (string, Verdict) {
	got, err := strconv.ParseBool(value)
	want, _ := strconv.ParseBool(t.word)
	switch {
	case err != nil:
		return value, NotUnderstood
	case got == want:
		return value, AlreadyDual
	}
	return t.word, Changed
}

func (g Grammar) rewriteWord(value string, t Target) (string, Verdict) {
	switch {
	case value == t.word:
		return value, AlreadyDual
	case slices.Contains(g.wordList(), value):
		return t.word, Changed
	}
	return value, NotUnderstood
}

// items reads the items of a list. One that cannot be read is no list.
func (g Grammar) items(texts []string, t Target) ([]item, bool) {
	items := make([]item, len(texts))
	for i, text := range texts {
		var ok bool
		if items[i], ok = g.parseItem(text); !ok || t.unknown(items[i]) || g.separator != "" && text == "" {
			return nil, false
		}
	}
	return items, true
}

// unknown reports whether i has a wildcard that t does not tell about.
func (t Target) unknown(i item) bool {
	return !i.socket && i.host.isWildcard() && !slices.Contains(t.hosts, i.host)
}

// rewriteItems returns the texts of the new list, and the verdict on the whole.
func (g Grammar) rewriteItems(list []string, t Target) (texts []string, verdict Verdict) {
	items, ok := g.items(list, t)
	if !ok {
		return list, NotUnderstood
	}
	verdict = Kept
	ports := t.ports(items)
	added := map[string]bool{}
	for _, i := range items {
		state := t.state(i, ports.of(i))
		if verdict == Kept || state == Changed {
			verdict = state
		}
		if state == Changed && !t.add {
			texts = append(texts, g.with(i, t.hosts[0]))
			continue
		}
		texts = append(texts, i.text)
		if state != Changed {
			continue
		}
		if text := g.with(i, t.hosts[0]); !added[text] {
			texts, added[text] = append(texts, text), true
		}
	}
	return texts, verdict
}

// state returns what becomes of one of the items. Where an IPv6 address, or a
// host that serves both families, has the same port, the author has thought of
// both, and a second would find the port taken.
func (t Target) state(i item, beside neighbours) Verdict {
	switch {
	case i.socket:
		return Kept
	case t.add && i.host == t.hosts[0]:
		// Together with the address that it is added to it serves both families.
		if beside.subject {
			return AlreadyDual
		}
		return Kept
	case !t.add && slices.Contains(t.hosts, i.host):
		return AlreadyDual
	case i.host != t.subject():
		return Kept
	case beside.target:
		return AlreadyDual
	case beside.ipv6:
		return Kept
	}
	return Changed
}
