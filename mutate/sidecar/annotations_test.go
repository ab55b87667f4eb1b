package sidecar_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// TestChoiceIsBounded wants what would cost more than a real annotation to be an error,
// and so a choice that stands.
func TestChoiceIsBounded(t *testing.T) {
	const chosen = "proxyMetadata: {A: b}\n"
	for _, tc := range []struct {
		name, text string
		ok         bool
	}{
		{"Plain", chosen, true},
		{"Longest", chosen + "#" + strings.Repeat("x", sidecar.MaxParsed-len(chosen)-1), true},
		{"TooLong", chosen + "#" + strings.Repeat("x", sidecar.MaxParsed-len(chosen)), false},
		{"Alias", "x: &x {A: b}\nproxyMetadata: *x\n", false},
		{"Nested", chosen + "x: " + strings.Repeat("[", 90) + strings.Repeat("]", 90), true},
		{"NestedTooDeep", chosen + "x: " + strings.Repeat("[", 110) + strings.Repeat("]", 110), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			choice := sidecar.Choice{Annotation: "config", Member: "proxyMetadata"}
			value, ok, err := choice.Value(sidecar.NewAnnotations(map[string]string{"config": tc.text}), "A")
			if ok != tc.ok || (err == nil) != tc.ok || ok && value != "b" {
				t.Errorf("Value() = %q, %t, %v; want it read: %t", value, ok, err, tc.ok)
			}
		})
	}
}

// TestReadsWhatTellsApart wants the variables by which a sidecar is recognised to be
// among those that are read.
func TestReadsWhatTellsApart(t *testing.T) {
	p := sidecar.Profile{Name: "p", Containers: []string{"c"}, Where: sidecar.Where{Env: []string{"A"}}, Elsewhere: sidecar.Where{Env: []string{"B"}}}
	set, err := sidecar.NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := set.Reads("c").Env, []string{"A", "B"}; !slices.Equal(got, want) {
		t.Errorf("Reads() = %q, want %q", got, want)
	}
	if got := set.Reads("other"); got.Env != nil || got.Arguments {
		t.Errorf("Reads() of another container = %+v, want nothing", got)
	}
}
