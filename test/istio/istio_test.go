package istio

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestIstio shares one control plane among everything that needs one.
func TestIstio(t *testing.T) {
	c := startCluster(t)
	o := newOracle(t)
	for _, m := range append(slices.Clone(memberships), outside) {
		for _, with := range []bool{false, true} {
			c.namespace(t, m.namespace(with), m.labels(with))
		}
		if m.name != outside.name {
			c.awaitInjection(t, m.namespace(false))
		}
	}
	c.startGateways(t)
	for _, known := range []mutate.State{mutate.Enabled, mutate.Disabled, mutate.Unknown} {
		t.Run("Istiod:"+known.String(), func(t *testing.T) {
			c.serve(t, "--istio-cidrs="+cidrs, tell(known))
			t.Run("Fates", func(t *testing.T) { c.testFates(t, o, known) })
			if known != mutate.Enabled {
				t.Run("NotDual", func(t *testing.T) { c.testNotDual(t, o) })
				t.Run("Gateways", c.testGatewaysNotDual)
				return
			}
			for _, m := range memberships {
				t.Run("Mesh:"+m.name, func(t *testing.T) { c.testMesh(t, o, m) })
			}
			t.Run("Overrides", func(t *testing.T) { c.testOverrides(t, o) })
			t.Run("User", c.testUser)
			t.Run("ProxyConfigs", func(t *testing.T) { c.testProxyConfigs(t, o) })
			t.Run("Gateways", func(t *testing.T) { c.testGateways(t, o) })
			t.Run("ByHand", func(t *testing.T) { c.testByHand(t, o) })
		})
	}
	t.Run("Revisions", c.testRevisions)
}

// tell returns the flag by which the program knows that, or finds nothing that
// it could know.
func tell(known mutate.State) string {
	if known == mutate.Unknown {
		return "--istio-namespace=nowhere"
	}
	return "--istio-dual-stack=" + known.String()
}

// testMesh creates every Pod with each kind of sidecar, with us and without us.
func (c *cluster) testMesh(t *testing.T, o *oracle, m membership) {
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Run("Sidecar:"+kind, func(t *testing.T) {
			for _, tc := range m.pods(t) {
				t.Run(tc.name, func(t *testing.T) { c.testPod(t, o, m, tc, tc.read(t, kind)) })
			}
		})
	}
}

// testPod creates the Pod, and then again what became of it, as is done with a
// Pod that was exported, or injected by hand.
func (c *cluster) testPod(t *testing.T, o *oracle, m membership, tc podCase, pod *corev1.Pod) {
	without, with := c.pair(t, m, pod, pod)
	checkNever(t, without, with)
	if tc.broken != (without.err != nil) {
		t.Fatalf("without us: %v; want an error: %v", without.err, tc.broken)
	}
	if without.err != nil {
		return
	}
	tc.check(t, o, m, without.pod, with.pod)
	t.Run("Again", func(t *testing.T) {
		without, with := c.pair(t, m, without.pod, with.pod)
		checkNever(t, without, with)
		tc.check(t, o, m, without.pod, with.pod)
	})
}

// check holds what Istio's programs say of the Pod with us, and that they say
// otherwise without us.
func (tc podCase) check(t *testing.T, o *oracle, m membership, without, with *corev1.Pod) {
	t.Helper()
	if tc.leftAlone(m) {
		tc.status, tc.single = "", !tc.comesTrue(without)
	}
	if got := with.Annotations[mutate.KeyStatus]; got != tc.status {
		t.Errorf("status = %q, want %q; %s", got, tc.status, flags(with))
	}
	if injected := find(without, "istio-proxy") != nil; injected == tc.bare {
		t.Fatalf("injected = %v, want %v", injected, !tc.bare)
	}
	if tc.bare {
		return
	}
	if tc.status != rewritten && tc.status != partial {
		checkUntouched(t, without, with)
	}
	if got, want := len(o.gaps(t, without)) == 0, tc.comesTrue(without); got != want {
		t.Errorf("without us the Pod is dual-stack: %v, want %v; %s", got, want, flags(without))
	}
	gaps := o.gaps(t, with)
	switch {
	case tc.single && len(gaps) == 0:
		t.Errorf("with us the Pod is dual-stack, which it should not be; %s", flags(with))
	case !tc.single && len(gaps) > 0:
		t.Errorf("with us the Pod is not dual-stack: %s; %s", strings.Join(gaps, "; "), flags(with))
	}
}

// comesTrue reports whether the author's wish for dual-stack comes true without
// us.
func (tc podCase) comesTrue(pod *corev1.Pod) bool {
	return tc.dual == everywhere || tc.dual == withCNI && find(pod, "istio-validation") != nil
}

// gaps asks Istio's programs where the two families of the Pod's traffic differ.
func (o *oracle) gaps(t *testing.T, pod *corev1.Pod) []string {
	t.Helper()
	var gaps []string
	if captured := o.rules(t, pod); !captured.dual() {
		gaps = append(gaps, fmt.Sprintf("IPv4 is captured by %q, IPv6 by %q", captured.v4, captured.v6))
	}
	for _, podIP := range []string{podIPv4, podIPv6} {
		if !o.listensDual(t, pod, podIP) {
			gaps = append(gaps, "the proxy listens on one family where the Pod's first address is "+podIP)
		}
	}
	return gaps
}

// pair returns what becomes of a Pod without us and with us. Where we change it and
// Istio's injector is called again, it is called twice without us too: what that
// does to a Pod is Istio's, and testOverrides tells of it.
func (c *cluster) pair(t *testing.T, m membership, without, with *corev1.Pod) (outcome, outcome) {
	t.Helper()
	before, after := c.create(t, m, false, without), c.create(t, m, true, with)
	if before.err != nil || after.err != nil {
		return before, after
	}
	if m.again && after.pod.Annotations[mutate.KeyStatus] != with.Annotations[mutate.KeyStatus] {
		before = c.create(t, m, false, before.pod)
	}
	return before, after
}

// create asks for the Pod in a namespace of the mesh, without storing it. What
// comes back is as it would be in the namespace without us.
func (c *cluster) create(t *testing.T, m membership, with bool, pod *corev1.Pod) outcome {
	t.Helper()
	pod = moved(t, pod, m.namespace(with))
	if err := c.client.Create(t.Context(), pod, client.DryRunAll); err != nil {
		return outcome{err: err}
	}
	return outcome{pod: moved(t, pod, m.namespace(false))}
}
