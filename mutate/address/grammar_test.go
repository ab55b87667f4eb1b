package address_test

import (
	"fmt"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/address"
)

func TestParseGrammar(t *testing.T) {
	for _, text := range []string{
		"host", "bracketed host", "host:port", "host:port or :port", "url", "redis bind", "boolean", "one of ipv4, dualstack",
		"comma list of host:port", "comma list of up to 2 host:port", "space list of redis bind", "semicolon list of url",
		"comma list of bracketed host", "comma list of host:port or :port",
	} {
		t.Run(text, func(t *testing.T) {
			var g address.Grammar
			if err := g.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if got := g.String(); got != text {
				t.Errorf("String() = %q, want %q", got, text)
			}
		})
	}
}

func TestParseGrammarErrors(t *testing.T) {
	const others = `is not a grammar: use "host", "bracketed host", "host:port", "host:port or :port", "url", "redis bind", "boolean", "one of" with words, ` +
		`or a comma, space or semicolon list of addresses, as in "comma list of host:port"`
	const words = `is twice there, or is no word of letters, digits, "-" and "_" that cannot be an address`
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", `"" ` + others},
		{"unknown", "hostport", `"hostport" ` + others},
		{"list_of_what", "comma list", `"comma list" ` + others},
		{"list_of_a_list", "comma list of comma list of host", `"comma list of comma list of host" ` + others},
		{"list_of_booleans", "comma list of boolean", `"comma list of boolean" ` + others},
		{"limit_of_no_list", "up to 2 host:port", `"up to 2 host:port" ` + others},
		{"limit_none", "comma list of up to 0 host:port", `"comma list of up to 0 host:port" ` + others},
		{"word_address", "one of 127.0.0.1, any", `"one of 127.0.0.1, any" is not a grammar: "127.0.0.1" ` + words},
		{"word_loopback", "one of Localhost, any", `"one of Localhost, any" is not a grammar: "Localhost" ` + words},
		{"word_number", "one of 0, 1", `"one of 0, 1" is not a grammar: "0" ` + words},
		{"word_missing", "one of ", `"one of " is not a grammar: "" ` + words},
		{"word_twice", "one of a, a", `"one of a, a" is not a grammar: "a" ` + words},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := address.ParseGrammar(tc.text); fmt.Sprint(err) != tc.want {
				t.Errorf("ParseGrammar(%q) = %v\nwant %s", tc.text, err, tc.want)
			}
		})
	}
}

func TestParseTarget(t *testing.T) {
	for _, text := range []string{"::", "*", "* or + or ::", "empty", "0.0.0.0 or ::", "and ::", "and ::1", "true", "dualstack"} {
		t.Run(text, func(t *testing.T) {
			var target address.Target
			if err := target.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if got := target.String(); got != text {
				t.Errorf("String() = %q, want %q", got, text)
			}
		})
	}
}

func TestParseTargetErrors(t *testing.T) {
	for _, text := range []string{
		"", "[::]", "::1", "127.0.0.1", "localhost", "10.0.0.1", "and 0.0.0.0", "and 127.0.0.2", "and fd00::1",
		"and :: or ::1", ":: or ::1", ":: or ::", "*:80", "0", "a b",
	} {
		t.Run(text, func(t *testing.T) {
			want := fmt.Sprintf(`%q is not a target: use "and ::", "and ::1", one or more of "::", "*", "+", "empty" and "0.0.0.0" with "or" between them, or a word`, text)
			if _, err := address.ParseTarget(text); fmt.Sprint(err) != want {
				t.Errorf("ParseTarget(%q) = %v\nwant %s", text, err, want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct{ name, grammar, target, want string }{
		{"host", "host", "::", "<nil>"},
		{"host_empty", "host", "empty", "<nil>"},
		{"list_added", "comma list of host:port", "and ::1", "<nil>"},
		{"no_list", "host:port", "and ::", `"and ::" adds to a list, and "host:port" is none`},
		{"no_host", "host:port", "empty", `"host:port" cannot be empty`},
		{"no_host_in_a_list", "comma list of host", "empty", `"comma list of host" cannot be empty`},
		{"word_for_an_address", "url", "dualstack", `"dualstack" is no target for an address`},
		{"redis", "space list of redis bind", "and ::", "<nil>"},
		{"redis_alone", "space list of redis bind", "::", `"space list of redis bind" has addresses of one family each: use "and ::" or "and ::1"`},
		{"boolean", "boolean", "true", "<nil>"},
		{"boolean_word", "boolean", "on", `the target of a boolean is true or false, not "on"`},
		{"boolean_address", "boolean", "::", `the target of a boolean is true or false, not "::"`},
		{"word", "one of ipv4, dualstack", "dualstack", "<nil>"},
		{"word_other", "one of ipv4, dualstack", "ipv6", `the target is one of ipv4, dualstack, not "ipv6"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := grammar(t, tc.grammar).Check(target(t, tc.target)); fmt.Sprint(err) != tc.want {
				t.Errorf("Check() = %v, want %s", err, tc.want)
			}
		})
	}
}

func TestNeedsIPv6(t *testing.T) {
	for _, tc := range []struct {
		grammar, target string
		want            bool
	}{
		{"host", "::", true},
		{"comma list of host:port", "and ::1", true},
		{"host", "empty", false},
		{"semicolon list of url", "* or + or ::", false},
		{"space list of redis bind", "and ::", false},
		{"host:port", "0.0.0.0 or ::", false},
		{"boolean", "true", false},
		{"host:port", "and ::", false},
	} {
		if got := grammar(t, tc.grammar).NeedsIPv6(target(t, tc.target)); got != tc.want {
			t.Errorf("NeedsIPv6() of %q in %q = %t, want %t", tc.target, tc.grammar, got, tc.want)
		}
	}
}

func grammar(t testing.TB, text string) address.Grammar {
	t.Helper()
	g, err := address.ParseGrammar(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func target(t testing.TB, text string) address.Target {
	t.Helper()
	parsed, err := address.ParseTarget(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
