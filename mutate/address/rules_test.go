package address_test

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/address"
)

// Every grammar of addresses with every target that it takes.
var (
	grammars = []string{
		"host", "bracketed host", "host:port", "host:port or :port", "url", "boolean", "one of ipv4, dualstack",
		"comma list of host", "comma list of bracketed host", "comma list of host:port", "comma list of up to 2 host:port",
		"semicolon list of url", "space list of redis bind",
	}
	targets = []string{"::", "*", "* or + or ::", "empty", "0.0.0.0 or ::", "and ::", "and ::1", "true", "dualstack"}
)

// pieces are what values are made of: every class of address, and what must
// never be taken for one.
var pieces = []string{
	"0.0.0.0", "127.0.0.1", "127.0.0.2", "localhost", "::", "[::]", "::1", "[::1]", "10.0.0.0", "10.1.2.3", "[fd00::5]", "*", "+",
	"0.0.0.0/0", "10.0.0.0/8", "v0.0.0.0", "$(POD_IP)", "${HOST:-0.0.0.0}", `{"a":"0.0.0.0"}`, "MC4wLjAuMA==", "sh -c", "--host", "",
	":80", ":81", ":http", ":080", "http://", "/path", ",", " ", ";", "-", "unix:", "false", "ipv4",
}

// TestRules holds the hard rules over all values of up to four pieces.
func TestRules(t *testing.T) {
	rules := pairs(t)
	var values []string
	for _, a := range pieces {
		for _, b := range pieces {
			values = append(values, a+b, "http://"+a+b, a+":80,"+b+":80", a+","+b, a+" "+b, "http://"+a+";http://"+b+":80")
		}
	}
	changes := 0
	for _, value := range values {
		for _, rule := range rules {
			if rule.check(t, value) == address.Changed {
				changes++
			}
		}
	}
	if changes < 100 {
		t.Errorf("%d of %d values changed: the rules are hardly tested", changes, len(values))
	}
}

// FuzzRewrite holds the hard rules for any text.
func FuzzRewrite(f *testing.F) {
	rules := pairs(f)
	for i := range rules {
		f.Add("0.0.0.0:80,127.0.0.1:81", uint(i))
		f.Add("http://0.0.0.0:80;http://[::1]", uint(i))
		f.Add("* -::* 10.0.0.0", uint(i))
		f.Add("$(POD_IP):80", uint(i))
	}
	f.Fuzz(func(t *testing.T, value string, i uint) {
		rules[i%uint(len(rules))].check(t, value)
	})
}

type pair struct {
	grammar address.Grammar
	target  address.Target
}

func pairs(t testing.TB) []pair {
	t.Helper()
	var all []pair
	for _, g := range grammars {
		for _, name := range targets {
			if p := (pair{grammar(t, g), target(t, name)}); p.grammar.Check(p.target) == nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// check rewrites value, and wants of what comes out what holds for any value.
func (p pair) check(t *testing.T, value string) address.Verdict {
	t.Helper()
	got, verdict := p.grammar.Rewrite(value, p.target)
	fail := func(why string) {
		t.Helper()
		t.Fatalf("%q.Rewrite(%q, %q) = %q, %v: %s", p.grammar, value, p.target, got, verdict, why)
	}
	if (got != value) != (verdict == address.Changed) {
		fail("the verdict and the value disagree")
	}
	if verdict != address.Changed {
		return verdict
	}
	if again, verdict := p.grammar.Rewrite(got, p.target); again != got || verdict != address.AlreadyDual {
		fail("want a second rewriting to find it dual-stack; got " + again + ", " + verdict.String())
	}
	if name := p.grammar.String(); name != "boolean" && !strings.HasPrefix(name, "one of") {
		if why := broken(value, got); why != "" {
			fail(why)
		}
	}
	return verdict
}

// broken returns which hard rule a change of addresses breaks. It takes texts
// apart by itself, into what stands between separators.
func broken(before, after string) string {
	if strings.ContainsAny(before, "${}\"'\\`&|<>()?#=@\n\t") || !strings.Contains(before, "://") && strings.Contains(before, "/") {
		return "want what is no address to be left alone"
	}
	was, is := split(before), split(after)
	any4 := slices.ContainsFunc(was, func(text string) bool { return hostOf(text) == "0.0.0.0" || hostOf(text) == "" || hostOf(text) == "*" })
	for _, text := range was {
		if h := hostOf(text); h != "0.0.0.0" && h != "" && h != "*" && !slices.Contains(is, text) {
			return "want " + text + " to stay: it is not the unspecified address"
		}
	}
	for _, text := range is {
		if slices.Contains(was, text) {
			continue
		}
		if addr, err := netip.ParseAddr(hostOf(text)); !any4 && (err != nil || !addr.IsLoopback()) {
			return "want nothing but loopback addresses to be added to a loopback address; got " + text
		}
		if !slices.ContainsFunc(was, func(old string) bool { return portOf(old) == portOf(text) }) {
			return "want the port of " + text + " to be one that was there"
		}
	}
	return ""
}

func split(list string) []string {
	return strings.FieldsFunc(list+" ", func(r rune) bool { return strings.ContainsRune(",; ", r) })
}

// hostOf returns the host in text, without a scheme, a port, brackets and the
// "-" of Redis.
func hostOf(text string) string {
	text = strings.TrimPrefix(strings.TrimSuffix(text, pathOf(text)), schemeOf(text))
	if port := portOf(text); port >= 0 {
		text = text[:strings.LastIndex(text, ":")]
	}
	return strings.Trim(strings.TrimPrefix(text, "-"), "[]")
}

// portOf returns the port in text; -1 if there is none. That of an address
// without brackets is none.
func portOf(text string) int {
	text = strings.TrimPrefix(strings.TrimSuffix(text, pathOf(text)), schemeOf(text))
	if _, err := netip.ParseAddr(strings.TrimPrefix(text, "-")); err == nil || text == "-::*" || text == "::*" {
		return -1
	}
	i := strings.LastIndex(text, ":")
	if i < 0 || strings.HasSuffix(text, "]") {
		return -1
	}
	port, err := strconv.Atoi(text[i+1:])
	if err != nil {
		return -1
	}
	return port
}

func schemeOf(text string) string {
	if i := strings.Index(text, "://"); i >= 0 {
		return text[:i+3]
	}
	return ""
}

func pathOf(text string) string {
	rest := strings.TrimPrefix(text, schemeOf(text))
	if i := strings.Index(rest, "/"); i >= 0 {
		return rest[i:]
	}
	return ""
}
