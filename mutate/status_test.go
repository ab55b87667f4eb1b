package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// TestStatusTwice wants a Pod that comes back with one sidecar changed and one
// refused to keep the status that tells of both, and to be left alone.
func TestStatusTwice(t *testing.T) {
	policy := istioEnabled(t)
	policy.Profiles = with(t, policy.Profiles, `
name: other
title: Other
outcome: rewritten
about: a
mesh: true
containers: [other]
settings: [{env: X, grammar: boolean, target: "true", absent: added, why: w}]
verified: v
sources: ["https://example.com/"]
`)
	const doc = `{"metadata":{},"spec":{"containers":[{"name":"istio-proxy"},{"name":"other"}]}}`
	patched := applyPatch(t, []byte(doc), mutate.Pod(view[mutate.PodView](t, []byte(doc)), policy))
	p := view[mutate.PodView](t, patched)
	if got, want := p.Metadata.Annotations[mutate.KeyStatus], "istio=rewritten,other=refused:mesh-not-dual"; got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string(nil), operations(t, mutate.Pod(p, policy))); diff != "" {
		t.Errorf("the second patch (-want +got):\n%s", diff)
	}
}

// with returns profiles with another one.
func with(t *testing.T, profiles sidecar.Set, text string) sidecar.Set {
	t.Helper()
	own, err := sidecar.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if profiles, err = profiles.With(own); err != nil {
		t.Fatal(err)
	}
	return profiles
}
