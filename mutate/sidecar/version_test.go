package sidecar_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

func TestVersion(t *testing.T) {
	v := sidecar.Version{
		Annotation: "a",
		AtLeast:    map[string]string{"edge": "24.8.2", "enterprise": "2.16"},
		Broken:     []sidecar.Broken{{Channel: "edge", From: "25.2.2", Before: "25.3.4"}},
	}
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
		{"Channel:preview", "preview-25.10.7", false},
		{"Channel:unknown", "git-0123", false},
		{"Channel:proxy", "v2.363.0", false},
		{"Version:none", "", false},
		{"Version:word", "edge-next", false},
		{"Channel:none", "2.16.0", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := v.Reached(map[string]string{"a": tc.version}); got != tc.want {
				t.Errorf("Reached(%q) = %t, want %t", tc.version, got, tc.want)
			}
		})
	}
	if !(sidecar.Version{}).Reached(nil) {
		t.Error("the zero Version is not reached, want it to be")
	}
}
