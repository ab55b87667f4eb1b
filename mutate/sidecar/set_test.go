package sidecar_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// parse returns a profile of this name with these other members.
func parse(t *testing.T, name, members string) sidecar.Profile {
	t.Helper()
	p, err := sidecar.Parse([]byte("name: " + name + "\ntitle: T\noutcome: already-dual\nabout: a\n" + members + "\nverified: v\nsources: ['https://example.com/']\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSetErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		own  sidecar.Profile
		want string
	}{
		{"Name:taken", parse(t, "istio", "containers: [mine]"), "istio: name: another profile has it"},
		{"Container:taken", parse(t, "mine", "containers: [mine, istio-proxy]"), "mine: containers[1]: the profile istio names istio-proxy too"},
		{"Container:taken-with-where", parse(t, "mine", "containers: [istio-proxy]\nwhere: {labels: [l]}"), "mine: containers[0]: the profile istio names istio-proxy too"},
		{"Prefix:over-a-container", parse(t, "mine", "prefixes: [istio-]"), "mine: prefixes[0]: the profile istio names istio-init"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := builtin(t).With(tc.own)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("With() = %v, want an error with %q", err, tc.want)
			}
		})
	}
	if _, err := builtin(t).Without("istoi"); err == nil || !strings.Contains(err.Error(), `"istoi" is not a profile: there are `) {
		t.Errorf("Without(istoi) = %v, want an error that names the profiles", err)
	}
}

func TestSetOf(t *testing.T) {
	set, err := sidecar.NewSet(
		parse(t, "plain", "containers: [p]"),
		parse(t, "prefix", "prefixes: [csql-]"),
		parse(t, "one", "containers: [envoy]\nwhere: {labels: [l]}"),
		parse(t, "other", "containers: [envoy]\nwhere: {annotations: [a]}"),
		parse(t, "mesh", "containers: [m]\nmesh: true"),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ container, want string }{
		{"p", "plain"},
		{"csql-shop-db", "prefix"},
		{"envoy", "one other"},
		{"app", ""},
		{"", ""},
	} {
		if got := namesOf(set.Of(tc.container)); got != tc.want {
			t.Errorf("Of(%q) = %q, want %q", tc.container, got, tc.want)
		}
	}
	if got, want := namesOf(set.All()), "mesh one other plain prefix"; got != want {
		t.Errorf("All() = %q, want the mesh first and then by name: %q", got, want)
	}
	if got := namesOf(sidecar.Set{}.Of("p")); got != "" {
		t.Errorf("the zero Set has %q", got)
	}
}

// TestSetIsAValue wants a changed copy to leave the Set that it was made from as it
// is.
func TestSetIsAValue(t *testing.T) {
	set := builtin(t)
	without, err := set.Without("istio")
	if err != nil {
		t.Fatal(err)
	}
	off := func(set sidecar.Set) bool {
		return slices.ContainsFunc(set.All(), func(p *sidecar.Profile) bool { return p.Name == "istio" && p.Off() })
	}
	if off(set) || !off(without) {
		t.Errorf("istio is off: %t in the Set, %t in the changed copy; want false and true", off(set), off(without))
	}
}

func namesOf(profiles []*sidecar.Profile) string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}
