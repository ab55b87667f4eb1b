package sidecar_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

func builtin(t *testing.T) sidecar.Set {
	t.Helper()
	set, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestIstio(t *testing.T) {
	i := slices.IndexFunc(builtin(t).All(), func(p *sidecar.Profile) bool { return p.Name == "istio" })
	if i < 0 {
		t.Fatal("Builtin() has no istio")
	}
	p := builtin(t).All()[i]
	want := []string{"istio-proxy", "istio-init", "istio-validation"}
	if diff := cmp.Diff(want, p.Containers); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	if len(p.Settings) != 1 || p.Settings[0].Env != "ISTIO_DUAL_STACK" || p.Settings[0].Target.String() != "true" {
		t.Errorf("settings = %+v, want ISTIO_DUAL_STACK=true alone", p.Settings)
	}
}

// good is a profile without its settings.
const good = `name: n
title: T
outcome: rewritten
about: a
containers: [c, d]
verified: "1"
sources: ["https://example.com/"]
`

// ownSwitch is one whose project has a switch, without its settings.
var ownSwitch = strings.Replace(good, "rewritten", "own-switch\ncure: Do.", 1)

// setting returns the one setting of a profile.
func setting(members string) string { return "settings: [{" + members + "}]\n" }

const (
	listen = `env: X, grammar: "host:port", target: "::", absent: already-dual, why: w`
	added  = `env: X, grammar: boolean, target: "true", absent: added, why: w`
	read   = `annotation: a, grammar: boolean, target: "true", absent: unknown, why: w`
	list   = "cidrLists: [{%}]\n"
)

// TestParseErrors wants every error to name the line and the key.
func TestParseErrors(t *testing.T) {
	if _, err := sidecar.Parse([]byte(good + setting(listen))); err != nil {
		t.Fatalf("Parse(good) = %v, want nil", err)
	}
	without := func(key string) string {
		lines := strings.SplitAfter(good, "\n")
		return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, key+":") }), "") + setting(listen)
	}
	with := func(old, replacement string) string {
		return strings.Replace(good, old, replacement, 1) + setting(listen)
	}
	lists := func(members string) string { return good + strings.Replace(list, "%", members, 1) }
	for _, tc := range []struct{ name, doc, want string }{
		{"Document:none", "", "reading a profile: EOF"},
		{"Document:two", good + "---\n", "reading a profile: there is more than one document"},
		{"Document:list", "- a\n", "1: : not a mapping"},
		{"Key:unknown", good + "contaners: [x]\n", "8: contaners: unknown key"},
		{"Key:unknown-inside", good + setting("emv: X"), "8: settings[0].emv: unknown key"},
		{"Key:twice", good + "name: m\n", "8: name: stands twice"},
		{"Name:none", without("name"), "1: name: must not be empty"},
		{"Name:upper-case", with("name: n", "name: N=1"), `1: name: "N=1" is not a name of at most 40`},
		{"Name:number", with("name: n", "name: 1"), `1: name: not a text: write "1"`},
		{"Title:none", without("title"), "title: must not be empty"},
		{"Outcome:none", without("outcome"), `outcome: "" is not one of rewritten, already-dual, own-switch, refused, recognised`},
		{"Outcome:rewritten-without-settings", good, "3: outcome: none of the settings ever changes"},
		{"Outcome:refused-with-settings", with("rewritten", "refused\ncure: Do."), "settings: a sidecar with the outcome refused has none"},
		{"Outcome:recognised-without-cure", strings.Replace(good, "rewritten", "recognised", 1), "cure: must not be empty for a sidecar with the outcome recognised"},
		{"Outcome:own-switch-without-settings", ownSwitch, "settings: must say how the switch is seen"},
		{"About:none", without("about"), "about: must not be empty"},
		{"Cure:no-sentence", with("about: a", "about: a\ncure: do"), "5: cure: must be a sentence"},
		{"Mesh:word", with("about: a", "about: a\nmesh: yes please"), `mesh: "yes please" is not true or false`},
		{"Containers:none", without("containers"), "containers: must name at least one container"},
		{"Containers:twice", with("[c, d]", "[c, c]"), `5: containers[1]: "c" is empty or appears twice`},
		{"Containers:text", with("[c, d]", "c"), "5: containers: not a list"},
		{"Prefix:short", with("[c, d]", "[c, d]\nprefixes: [c]"), `6: prefixes[0]: "c" is too short to tell anything`},
		{"Capture:another", with("[c, d]", "[c, d]\ncapture: e"), "6: capture: e is not one of the sidecar's containers"},
		{"Setting:no-place", good + setting(`grammar: host, target: "::", absent: added, why: w`), "8: settings[0].env, flags, behind: must have one of them"},
		{"Setting:env-and-annotation", good + setting(listen+", annotation: a"), "8: settings[0].annotation: must not stand beside env"},
		{"Setting:annotation-rewritten", good + setting(strings.Replace(listen, "env", "annotation", 1)), "8: settings[0].annotation: annotations are read, never written: the outcome must be own-switch"},
		{"Setting:member-of-variable", good + setting(listen+", member: m"), "8: settings[0].member: is for annotations"},
		{"Setting:former-of-variable", good + setting(listen+", former: b"), "8: settings[0].former: is for annotations"},
		{"Setting:former-twice", ownSwitch + setting(read+", former: b}, {"+strings.Replace(read, "annotation: a", "annotation: b", 1)), "settings[1]: settings[0] is about the same setting"},
		{"Elsewhere:no-switch", good + setting(listen) + "elsewhere: {labels: [l]}\n", "9: elsewhere: is about a switch: the outcome must be own-switch"},
		{"Setting:behind", good + setting(strings.Replace(listen, "env", "behind", 1)), "8: settings[0].behind: is not for sidecars"},
		{"Setting:grammar-unknown", good + setting(`env: X, grammar: ip`), `8: settings[0].grammar: "ip" is not a grammar`},
		{"Setting:target-unknown", good + setting(`env: X, grammar: host, target: "127.0.0.1"`), `8: settings[0].target: "127.0.0.1" is not a target`},
		{"Setting:target-not-of-grammar", good + setting(`env: X, grammar: "host:port", target: empty, absent: added, why: w`), `8: settings[0].target: "host:port" cannot be empty`},
		{"Setting:dual-not-of-grammar", good + setting(listen+`, dual: "and ::"`), `8: settings[0].dual: "and ::" adds to a list`},
		{"Setting:absent-none", good + setting(`env: X, grammar: host, target: "::", why: w`), `8: settings[0].absent: "" is not one of added, already-dual, too-old, single-stack, unknown`},
		{"Setting:absent-added-address", good + setting(strings.Replace(listen, "already-dual", "added", 1)), "8: settings[0].absent: only a variable with a boolean or a word is added"},
		{"Setting:why-none", good + setting(`env: X, grammar: host, target: "::", absent: unknown`), "8: settings[0].why: must not be empty"},
		{"Setting:authored-flag", good + setting(`flags: [--x], grammar: host, target: "::", absent: unknown, why: w, authored: true`), "8: settings[0].authored: is for variables"},
		{"Setting:of-another", good + setting(listen+`, containers: [c, e]`), "8: settings[0].containers[1]: e is not one of the sidecar's containers"},
		{"Setting:twice", good + "settings:\n- {" + listen + ", containers: [c]}\n- {" + listen + "}\n", "10: settings[1]: settings[0] is about the same setting"},
		{"Choice:without-member", good + setting(added+", choice: {annotation: a}"), "8: settings[0].choice: must have both annotation and member, or neither"},
		{"CIDRList:of-no-container", lists("flags: [-i], annotation: a"), "8: cidrLists[0].containers: must name at least one container"},
		{"CIDRList:of-another", lists("containers: [e], flags: [-i], annotation: a"), "8: cidrLists[0].containers[0]: e is not one of the sidecar's containers"},
		{"CIDRList:without-flag", lists("containers: [c], annotation: a"), "8: cidrLists[0].flags: must name at least one flag"},
		{"CIDRList:without-annotation", lists("containers: [c], flags: [-i]"), "8: cidrLists[0].annotation: must not be empty"},
		{"Version:without-annotation", with("verified", "version: {atLeast: {stable: '2'}}\nverified"), "6: version: must have both annotation and atLeast, or neither"},
		{"Version:no-number", with("verified", "version: {annotation: a, atLeast: {stable: two}}\nverified"), `6: version.atLeast.stable: "two" is not a version of numbers`},
		{"Verified:none", without("verified"), "verified: must name the version that it was verified with"},
		{"Sources:none", without("sources"), "sources: must say where the knowledge comes from"},
		{"Sources:no-URL", with("https://", "http://"), `7: sources[0]: "http://example.com/" is not a URL like https://example.com/`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := sidecar.Parse([]byte(tc.doc))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Parse() = %v, want an error with %q", err, tc.want)
			}
		})
	}
}
