package istio

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// testOverrides wants us to leave a Pod alone whose proxy runs as its author's user.
// A second injection takes away what the author set for the proxy where the template
// sets it too, https://github.com/istio/istio/issues/55691: where the injector is
// called again, each webhook after it that changes the Pod has that effect. The proxy
// would be another user than the one that istio-init lets through.
func (c *cluster) testOverrides(t *testing.T) {
	for _, m := range memberships {
		for kind := range kinds {
			out := c.create(t, m, true, findCase(t, "stub-user").read(t, kind))
			if out.err != nil {
				t.Fatal(out.err)
			}
			if got := *find(out.pod, "istio-proxy").SecurityContext.RunAsUser; got != 4242 {
				t.Errorf("mesh %s, sidecar %s: the proxy runs as %d, want 4242", m.name, kind, got)
			}
			if init := find(out.pod, "istio-init"); init != nil && letThrough(init) != "4242" {
				t.Errorf("mesh %s, sidecar %s: istio-init lets %s through, want 4242", m.name, kind, letThrough(init))
			}
		}
	}
}

// letThrough returns the user whose traffic istio-init does not capture.
func letThrough(init *corev1.Container) string {
	i := slices.Index(init.Args, "-u")
	if i < 0 || i+1 == len(init.Args) {
		return "nobody"
	}
	return init.Args[i+1]
}
