package istio

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// testOverrides shows what a second injection takes away: the author's own
// settings for the proxy that the template sets as well,
// https://github.com/istio/istio/issues/55691. Where the injector is called again,
// each webhook after it that changes the Pod has that effect, and ours is one. A
// proxy that runs as the author's user is the worst of it: istio-init still lets
// that user through, and the proxy is another. The test is for noticing when Istio
// changes.
func (c *cluster) testOverrides(t *testing.T) {
	for _, m := range memberships {
		for kind := range kinds {
			out := c.create(t, m, true, findCase(t, "stub-user").read(t, kind))
			if out.err != nil {
				t.Fatal(out.err)
			}
			want := int64(4242)
			if m.again {
				want = 1337
			}
			if got := *find(out.pod, "istio-proxy").SecurityContext.RunAsUser; got != want {
				t.Errorf("mesh %s, sidecar %s: the proxy runs as %d, want %d", m.name, kind, got, want)
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
