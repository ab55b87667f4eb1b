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
	other, err := sidecar.Parse([]byte("name: other\ntitle: Other\ncontainers: [other]\nenv: [{name: X, value: 'true'}]\nsources: [s]\n"))
	if err != nil {
		t.Fatal(err)
	}
	policy := istioEnabled(t)
	policy.Profiles = append(policy.Profiles, other)
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
