package istio

import (
	"maps"
	"slices"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

// revisionCases say which memberships are of an istiod that is dual-stack, as the
// program finds out by the Deployments of Istio's chart, or as it is told. A Pod
// says which revision injected it, even where its namespace names a tag.
var revisionCases = []struct {
	name  string
	flags []string
	dual  []string
}{
	{"Found", nil, []string{"again", "tag"}},
	{"Told", []string{"--istio-revisions=again=disabled,cni=enabled"}, []string{"cni"}},
	{"ToldAll", []string{"--istio-dual-stack=enabled", "--istio-revisions=again=disabled,cni=disabled"}, []string{"init", "cni-again", "ranges", "cni-ranges"}},
}

// testRevisions creates a Pod in each mesh.
func (c *cluster) testRevisions(t *testing.T) {
	for _, rc := range revisionCases {
		t.Run(rc.name, func(t *testing.T) {
			c.serve(t, append([]string{"--istio-cidrs=" + cidrs}, rc.flags...)...)
			for _, m := range memberships {
				for _, kind := range slices.Sorted(maps.Keys(kinds)) {
					t.Run("Mesh:"+m.name+"_Sidecar:"+kind, func(t *testing.T) {
						c.testRevision(t, m, kind, slices.Contains(rc.dual, m.name))
					})
				}
			}
		})
	}
}

func (c *cluster) testRevision(t *testing.T, m membership, kind string, dual bool) {
	t.Helper()
	pod := findCase(t, "plain").read(t, kind)
	without, with := c.pair(t, m, pod, pod)
	checkNever(t, without, with)
	if with.err != nil {
		t.Fatal(with.err)
	}
	want := refused
	if dual {
		want = rewritten
	} else {
		checkUntouched(t, without.pod, with.pod)
	}
	if got := with.pod.Annotations[mutate.KeyStatus]; got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
}
