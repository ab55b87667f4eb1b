package istio

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// refused is what the status says where istiod is not known to be dual-stack.
const refused = "istio=refused:mesh-not-dual"

// testNotDual holds that a Pod comes out with us as it does without us, but for a
// status, where istiod is single-stack or might be. Such an istiod gives a proxy
// listeners for IPv4 alone, so that what is captured of IPv6 is refused; with
// ours it would be what we captured.
func (c *cluster) testNotDual(t *testing.T, o *oracle) {
	for _, m := range memberships {
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			for _, tc := range m.pods(t) {
				t.Run("Mesh:"+m.name+"_Sidecar:"+kind+"/"+tc.name, func(t *testing.T) {
					pod := tc.read(t, kind)
					without, with := c.pair(t, m, pod, pod)
					checkNever(t, without, with)
					if with.err != nil {
						return
					}
					tc.checkNotDual(t, m, without.pod, with.pod)
					if before, after := o.rules(t, without.pod), o.rules(t, with.pod); len(after.v6) > len(before.v6) {
						t.Errorf("IPv6 is captured, where istiod may be single-stack: %q", after.v6)
					}
				})
			}
		}
	}
}

func (tc podCase) checkNotDual(t *testing.T, m membership, without, with *corev1.Pod) {
	t.Helper()
	want := tc.status
	if want == rewritten || want == partial {
		want = refused
	}
	if tc.leftAlone(m) { // A status alone would have the injector called again.
		want = ""
	}
	if got := with.Annotations[mutate.KeyStatus]; got != want {
		t.Errorf("status = %q, want %q", got, want)
	}
	checkUntouched(t, without, with)
}

// checkUntouched holds that the Pods are the same, but for our status.
func checkUntouched(t *testing.T, without, with *corev1.Pod) {
	t.Helper()
	with = with.DeepCopy()
	delete(with.Annotations, mutate.KeyStatus)
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("the Pod is changed (-without us, +with us):\n%s", diff)
	}
}
