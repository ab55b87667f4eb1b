package sidecar_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

func TestVersion(t *testing.T) {
	v := sidecar.Version{
		Annotation: "a",
		AtLeast:    map[string]string{"edge": "24.7.1", "stable": "2.16"},
		Broken:     []sidecar.Broken{{Channel: "edge", From: "25.2", Before: "25.4"}},
	}
	for _, tc := range []struct {
		name, version string
		want          bool
	}{
		{"Edge:first", "edge-24.7.1", true},
		{"Edge:older", "edge-24.7.0", false},
		{"Edge:newer", "edge-26.8.1", true},
		{"Edge:ten", "edge-24.10.1", true},
		{"Edge:first-broken", "edge-25.2.1", false},
		{"Edge:last-broken", "edge-25.3.4", false},
		{"Edge:repaired", "edge-25.4.1", true},
		{"Stable:first", "stable-2.16.0", true},
		{"Stable:older", "stable-2.14.10", false},
		{"Stable:build", "stable-2.16.0-1", true},
		{"Channel:unknown", "git-0123", false},
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
