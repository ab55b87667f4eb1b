package sidecar_test

import (
	"slices"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// TestVersion asks about Linkerd's versions, as its profile has them: what is around
// each of the bounds, and what is not a version of a channel that is known.
func TestVersion(t *testing.T) {
	profiles := builtin(t).All()
	v := profiles[slices.IndexFunc(profiles, func(p *sidecar.Profile) bool { return p.Name == "linkerd" })].Version
	for _, tc := range []struct {
		name, version string
		want          bool
	}{
		{"Edge:first", "edge-24.8.2", true},
		{"Edge:older", "edge-24.8.1", false},
		{"Edge:newer", "edge-26.8.1", true},
		{"Edge:ten", "edge-24.10.1", true},
		{"Edge:before-broken", "edge-25.2.1", true},
		{"Edge:first-broken", "edge-25.2.2", false},
		{"Edge:last-broken", "edge-25.3.3", false},
		{"Edge:repaired", "edge-25.3.4", true},
		{"Enterprise:first", "enterprise-2.16.0", true},
		{"Enterprise:older", "enterprise-2.15.6", false},
		{"Enterprise:hotpatch", "enterprise-2.16.0-1", true},
		{"Stable:first", "stable-2.16.0", true},
		{"Stable:older", "stable-2.15.3", false},
		{"Channel:preview", "preview-25.10.7", false},
		{"Channel:unknown", "git-0123", false},
		{"Channel:proxy", "v2.363.0", false},
		{"Version:none", "", false},
		{"Version:word", "edge-next", false},
		{"Channel:none", "2.16.0", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := v.Reached(map[string]string{v.Annotation: tc.version}); got != tc.want {
				t.Errorf("Reached(%q) = %t, want %t", tc.version, got, tc.want)
			}
		})
	}
	if !(sidecar.Version{}).Reached(nil) {
		t.Error("the zero Version is not reached, want it to be")
	}
}
