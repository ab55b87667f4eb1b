package address_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate/address"
)

// A case wants value, in a grammar and with a target, to become want. An empty
// want is value as it is.
type rewriteCase struct {
	name, grammar, target, value, want string
	verdict                            address.Verdict
}

const (
	changed = address.Changed
	dual    = address.AlreadyDual
	kept    = address.Kept
	not     = address.NotUnderstood
)

func (tc rewriteCase) run(t *testing.T) {
	if tc.want == "" && tc.verdict != changed {
		tc.want = tc.value
	}
	got, verdict := grammar(t, tc.grammar).Rewrite(tc.value, target(t, tc.target))
	if got != tc.want || verdict != tc.verdict {
		t.Errorf("%q.Rewrite(%q, %q) = %q, %v; want %q, %v", tc.grammar, tc.value, tc.target, got, verdict, tc.want, tc.verdict)
	}
}

func TestRewrite(t *testing.T) {
	for _, tc := range []rewriteCase{
		{"host", "host", "::", "0.0.0.0", "::", changed},
		{"host_dual", "host", "::", "::", "", dual},
		{"host_dual_odd", "host", "::", "0:0::0", "", dual},
		{"host_loopback", "host", "::", "127.0.0.1", "", kept},
		{"host_loopback_name", "host", "::", "localhost", "", kept},
		{"host_loopback_IPv6", "host", "::", "::1", "", kept},
		{"host_specific", "host", "::", "10.1.2.3", "", kept},
		{"host_zone", "host", "::", "::%eth0", "", kept},
		{"host_bracketed", "host", "::", "[::]", "", not},
		{"host_with_port", "host", "::", "0.0.0.0:80", "", not},
		{"host_empty", "host", "::", "", "", not},
		{"host_wildcard", "host", "::", "*", "", not},
		{"host_to_wildcard", "host", "*", "0.0.0.0", "*", changed},
		{"host_to_empty", "host", "empty", "0.0.0.0", "", changed},
		{"host_to_empty_dual", "host", "empty", "", "", dual},
		{"host_to_empty_one_family", "host", "empty", "::", "", kept},
		{"host_flag", "host", "::", "--port", "", not},

		{"bracketed", "bracketed host", "::", "0.0.0.0", "[::]", changed},
		{"bracketed_dual", "bracketed host", "::", "[::]", "", dual},
		{"bracketed_bare", "bracketed host", "::", "::", "", not},
		{"bracketed_half", "bracketed host", "::", "[::", "", not},
		{"bracketed_IPv4", "bracketed host", "::", "[0.0.0.0]", "", not},

		{"hostport", "host:port", "::", "0.0.0.0:4143", "[::]:4143", changed},
		{"hostport_dual", "host:port", "::", "[::]:4143", "", dual},
		{"hostport_loopback", "host:port", "::", "127.0.0.1:80", "", kept},
		{"hostport_name", "host:port", "::", "example.com:80", "", kept},
		{"hostport_socket", "host:port", "::", "unix:/run/app.sock", "", kept},
		{"hostport_file", "host:port", "::", "fd://3", "", kept},
		{"hostport_no_host", "host:port", "::", ":80", "", not},
		{"hostport_no_port", "host:port", "::", "0.0.0.0", "", not},
		{"hostport_only_port", "host:port", "::", "80", "", not},
		{"hostport_port_of_zeros", "host:port", "::", "0.0.0.0:080", "", not},
		{"hostport_port_signed", "host:port", "::", "0.0.0.0:+80", "", not},
		{"hostport_port_too_large", "host:port", "::", "0.0.0.0:65536", "", not},
		{"hostport_port_variable", "host:port", "::", "0.0.0.0:$(PORT)", "", not},
		{"hostport_Go", "host:port", "0.0.0.0 or ::", "0.0.0.0:80", "", dual},
		{"port", "host:port or :port", "::", ":8000", "[::]:8000", changed},
		{"port_with_host", "host:port or :port", "::", "0.0.0.0:8000", "[::]:8000", changed},
		{"port_Go", "host:port or :port", "0.0.0.0 or ::", ":8000", "", dual},
		{"port_of_words", "host:port or :port", "::", ":http", "", not},

		{"url", "url", "::", "http://0.0.0.0:5000", "http://[::]:5000", changed},
		{"url_without_port", "url", "::", "http://0.0.0.0", "http://[::]", changed},
		{"url_path", "url", "::", "http://0.0.0.0:5000/base/", "http://[::]:5000/base/", changed},
		{"url_IPv6_without_port", "url", "::", "http://[::]/base", "", dual},
		{"url_loopback", "url", "::", "http://localhost:5000", "", kept},
		{"url_socket", "url", "::", "unix:///run/app.sock", "", kept},
		{"url_user", "url", "::", "http://user@0.0.0.0:80", "", not},
		{"url_query", "url", "::", "http://0.0.0.0:80/?a=b", "", not},
		{"url_host_only", "url", "::", "0.0.0.0:80", "", not},
		{"url_empty_host", "url", "::", "http://:80", "", not},
		{"url_bare_IPv6", "url", "::", "http://::", "", not},
		{"urls", "semicolon list of url", "* or + or ::", "http://0.0.0.0:80;http://localhost:81;https://0.0.0.0:82", "http://*:80;http://localhost:81;https://*:82", changed},
		{"urls_dual", "semicolon list of url", "* or + or ::", "http://+:80;http://[::]:81", "", dual},
		{"urls_any_port_beside_IPv6", "semicolon list of url", "* or + or ::", "http://0.0.0.0;http://[fd00::1]:80", "", kept},
		{"urls_port_beside_any_dual", "semicolon list of url", "* or + or ::", "http://0.0.0.0:80;http://[::]", "", dual},
		{"urls_other_port_of_IPv6", "semicolon list of url", "* or + or ::", "http://0.0.0.0:80;http://[fd00::1]:81", "http://*:80;http://[fd00::1]:81", changed},
		{"urls_one_bad", "semicolon list of url", "* or + or ::", "http://0.0.0.0:80;http://", "", not},

		{"list", "comma list of host:port", "::", "0.0.0.0:1,127.0.0.1:2,10.1.2.3:3", "[::]:1,127.0.0.1:2,10.1.2.3:3", changed},
		{"list_both", "comma list of host:port", "::", "0.0.0.0:1,[::]:1", "", dual},
		{"list_other_port", "comma list of host:port", "::", "0.0.0.0:1,[::]:2", "[::]:1,[::]:2", changed},
		{"list_with_one_of_IPv6", "comma list of host:port", "::", "0.0.0.0:1,[fd00::5]:1", "", kept},
		{"list_empty_item", "comma list of host:port", "::", "0.0.0.0:1,", "", not},
		{"list_space", "comma list of host:port", "::", "0.0.0.0:1, 0.0.0.0:2", "", not},
		{"added", "comma list of host:port", "and ::", "0.0.0.0:1,127.0.0.1:2", "0.0.0.0:1,[::]:1,127.0.0.1:2", changed},
		{"added_once", "comma list of host:port", "and ::", "0.0.0.0:1,0.0.0.0:1", "0.0.0.0:1,[::]:1,0.0.0.0:1", changed},
		{"added_already", "comma list of host:port", "and ::", "0.0.0.0:1,[::]:1", "", dual},
		{"added_alone", "comma list of host:port", "and ::", "[::]:1", "", kept},
		{"loopback", "comma list of up to 2 host:port", "and ::1", "127.0.0.1:4140", "127.0.0.1:4140,[::1]:4140", changed},
		{"loopback_already", "comma list of up to 2 host:port", "and ::1", "[::1]:4140,127.0.0.1:4140", "", dual},
		{"loopback_alone", "comma list of up to 2 host:port", "and ::1", "[::1]:4140", "", kept},
		{"loopback_too_many", "comma list of up to 2 host:port", "and ::1", "127.0.0.1:1,127.0.0.1:2", "", kept},
		{"loopback_unspecified", "comma list of up to 2 host:port", "and ::1", "0.0.0.0:4140", "", kept},
		{"loopback_other", "comma list of up to 2 host:port", "and ::1", "127.0.0.2:4140", "", kept},

		{"redis", "space list of redis bind", "and ::", "0.0.0.0", "0.0.0.0 -::*", changed},
		{"redis_wildcard", "space list of redis bind", "and ::", "*", "* -::*", changed},
		{"redis_dual", "space list of redis bind", "and ::", "* -::*", "", dual},
		{"redis_one_family", "space list of redis bind", "and ::", "-::*", "", kept},
		{"redis_loopback", "space list of redis bind", "and ::", "127.0.0.1 -::1", "", kept},
		{"redis_loopback_added", "space list of redis bind", "and ::1", "127.0.0.1", "127.0.0.1 -::1", changed},
		{"redis_spaces", "space list of redis bind", "and ::", "0.0.0.0  127.0.0.1", "", not},

		{"boolean", "boolean", "true", "false", "true", changed},
		{"boolean_off", "boolean", "false", "1", "false", changed},
		{"boolean_already", "boolean", "true", "T", "", dual},
		{"boolean_word", "boolean", "true", "no", "", not},
		{"word", "one of ipv4, dualstack", "dualstack", "ipv4", "dualstack", changed},
		{"word_already", "one of ipv4, dualstack", "dualstack", "dualstack", "", dual},
		{"word_other", "one of ipv4, dualstack", "dualstack", "IPv4", "", not},
		{"mismatch", "boolean", "::", "false", "", not},
	} {
		t.Run(tc.name, tc.run)
	}
	if got, verdict := (address.Grammar{}).Rewrite("0.0.0.0", target(t, "::")); got != "0.0.0.0" || verdict != not {
		t.Errorf("the zero Grammar: Rewrite() = %q, %v; want it to understand nothing", got, verdict)
	}
	if got, verdict := grammar(t, "host").Rewrite("0.0.0.0", address.Target{}); got != "0.0.0.0" || verdict != not {
		t.Errorf("the zero Target: Rewrite() = %q, %v; want it to change nothing", got, verdict)
	}
}

func TestRewriteEach(t *testing.T) {
	for _, tc := range []struct {
		name, grammar, target string
		values, want          []string
		verdict               address.Verdict
	}{
		{"one", "host:port", "::", []string{"0.0.0.0:80"}, []string{"[::]:80"}, changed},
		{"loopback_beside", "host:port", "::", []string{"127.0.0.1:81", "0.0.0.0:80"}, []string{"127.0.0.1:81", "[::]:80"}, changed},
		{"same_port", "host:port", "::", []string{"0.0.0.0:80", "[::]:80"}, []string{"0.0.0.0:80", "[::]:80"}, dual},
		{"one_bad", "host:port", "::", []string{"0.0.0.0:80", "$(ADDRESS)"}, []string{"0.0.0.0:80", "$(ADDRESS)"}, not},
		{"none", "host:port", "::", nil, nil, kept},
		{"list", "comma list of host:port", "::", []string{"0.0.0.0:80"}, []string{"0.0.0.0:80"}, not},
		{"boolean", "boolean", "true", []string{"false"}, []string{"false"}, not},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, verdict := grammar(t, tc.grammar).RewriteEach(tc.values, target(t, tc.target))
			if diff := cmp.Diff(tc.want, got); diff != "" || verdict != tc.verdict {
				t.Errorf("RewriteEach() = %v, want %v; (-want +got):\n%s", verdict, tc.verdict, diff)
			}
		})
	}
}
