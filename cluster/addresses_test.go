package cluster_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
)

func TestPodNetwork(t *testing.T) {
	const hosts = "192.0.2.7,2001:db8::7"
	for _, tc := range []struct {
		name, podIPs, hostIPs string
		want                  mutate.State
	}{
		{"Pod:both", "10.1.2.3,fd00::3", hosts, mutate.Enabled},
		{"Pod:v4", "10.1.2.3", hosts, mutate.Disabled},
		{"Pod:v6", "fd00::3", hosts, mutate.Disabled},
		{"Pod:on-its-host", hosts, hosts, mutate.Unknown},
		{"Pod:on-its-host-v4", "192.0.2.7", hosts, mutate.Unknown},
		{"Pod:unset", "", hosts, mutate.Unknown},
		{"Host:unset", "10.1.2.3,fd00::3", "", mutate.Unknown},
		{"Pod:unreadable", "10.1.2.3,$(IP)", hosts, mutate.Unknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cluster.PodNetwork(tc.podIPs, tc.hostIPs); got != tc.want {
				t.Errorf("PodNetwork(%q, %q) = %s, want %s", tc.podIPs, tc.hostIPs, got, tc.want)
			}
		})
	}
}
