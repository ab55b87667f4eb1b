package istio

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	istiotest "istio.io/istio/pkg/test"

	"github.com/dualstack-dev/webhook/mutate"
)

// fate is what happens to a packet of IPv6 from or to a Pod with a sidecar.
type fate string

const (
	// past the proxy: neither encrypted nor subject to any policy.
	past fate = "goes past the proxy"
	// refusal: it is sent to the proxy, which does not listen for it.
	refusal fate = "is refused"
	through fate = "goes through the proxy"
)

// fates are what becomes of a packet for each istiod, and each thing that can be
// known about it. With us it is never worse than without us, unless what is known
// is wrong: the second row is the reason for wanting to know.
var fates = []struct {
	known         mutate.State
	istiod        bool // dual-stack
	without, with fate
}{
	{mutate.Enabled, true, past, through},
	{mutate.Enabled, false, past, refusal},
	{mutate.Disabled, false, past, past},
	{mutate.Unknown, true, past, past},
	{mutate.Unknown, false, past, past},
}

// testFates follows a packet through the Pod's rules to the listeners of istiod.
func (c *cluster) testFates(t *testing.T, o *oracle, known mutate.State) {
	plain := findCase(t, "plain")
	for _, row := range fates {
		if row.known != known {
			continue
		}
		listens := istiodListens(t, row.istiod)
		for _, m := range memberships {
			for kind := range kinds {
				pod := plain.read(t, kind)
				for _, side := range []struct {
					with bool
					want fate
				}{{false, row.without}, {true, row.with}} {
					out := c.create(t, m, side.with, pod)
					if out.err != nil {
						t.Fatal(out.err)
					}
					if got := o.fate(t, out.pod, listens); got != side.want {
						t.Errorf("istiod dual-stack: %v, known: %s, mesh %s, sidecar %s, with us: %v: IPv6 %s; want: it %s",
							row.istiod, known, m.name, kind, side.with, got, side.want)
					}
				}
			}
		}
	}
}

// fate returns what happens to a packet where the proxy listens on IPv6, or does
// not.
func (o *oracle) fate(t *testing.T, pod *corev1.Pod, listens bool) fate {
	t.Helper()
	switch captured := len(o.rules(t, pod).v6) > 0; {
	case !captured:
		return past
	case !listens:
		return refusal
	default:
		return through
	}
}

// istiodListens reports whether an istiod that is dual-stack or is not gives a
// proxy with both addresses listeners on IPv6 for what istio-init and istio-cni
// send to it.
func istiodListens(t *testing.T, dual bool) bool {
	t.Helper()
	istiotest.SetForTest(t, &features.EnableDualStack, dual)
	istiod := core.NewConfigGenTest(t, core.TestOptions{})
	proxy := istiod.SetupProxy(&model.Proxy{Type: model.SidecarProxy, IPAddresses: []string{podIPv4, podIPv6}})
	families := map[uint32][]string{}
	for _, listener := range istiod.Listeners(proxy) {
		address := listener.GetAddress().GetSocketAddress()
		port := address.GetPortValue()
		families[port] = append(families[port], address.GetAddress())
		for _, additional := range listener.GetAdditionalAddresses() {
			families[port] = append(families[port], additional.GetAddress().GetSocketAddress().GetAddress())
		}
	}
	outbound, inbound := slices.Contains(families[15001], "::"), slices.Contains(families[15006], "::")
	if len(families[15001]) == 0 || outbound != inbound {
		t.Fatalf("istiod's listeners: %v; want 15001 and 15006 to be of the same families", families)
	}
	return outbound
}
