package cluster

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dualstack-dev/webhook/mutate"
)

// statesIn returns of a metric which state of each thing has the 1, as a scrape shows
// it. All others must be there with a 0.
func statesIn(t *testing.T, registry *prometheus.Registry, name string) map[string]string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	states, zeros := map[string]string{}, map[string]int{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var thing, state string
			for _, label := range m.GetLabel() {
				if label.GetName() == "state" {
					state = label.GetValue()
				} else {
					thing = label.GetName() + "=" + label.GetValue()
				}
			}
			switch value := m.GetGauge().GetValue(); {
			case family.GetName() != name:
			case value == 1:
				states[thing] = state
			case value == 0:
				zeros[thing]++
			}
		}
	}
	for thing := range states {
		if zeros[thing] < 2 {
			t.Errorf("%s{%s} has %d series with 0, want one for each other state", name, thing, zeros[thing])
		}
	}
	return states
}

// gaugeIn returns the value of a metric without labels.
func gaugeIn(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.Metric[0].Gauge.GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

// TestIstioLost loses sight of istiod in each way that there is. Its series say so,
// and where it cannot be read its age does.
func TestIstioLost(t *testing.T) {
	refused := istioLook{err: apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "", errors.New("RBAC"))}
	unable := istioLook{injectErr: errors.New("timeout")}
	found := istioLook{deployments: []appsv1.Deployment{istiodDeployment("default")}}
	injected := istioLook{injectors: []admissionregistrationv1.MutatingWebhookConfiguration{injector("canary", "")}}
	const hour = int(UnknownAfter / istioInterval)
	for _, tc := range []struct {
		name    string
		decided mutate.Mesh
		first   istioLook
		then    istioLook
		looks   int // after the first
		want    map[string]string
		age     time.Duration
	}{
		{"Right:gone_For:half-an-hour", mutate.Mesh{}, found, refused, hour / 2, map[string]string{"revision=default": "enabled"}, UnknownAfter / 2},
		{"Right:gone_For:over-an-hour", mutate.Mesh{}, found, refused, hour + 1, map[string]string{"revision=default": "unknown"}, UnknownAfter + istioInterval},
		{"Injectors:unreadable_For:over-an-hour", mutate.Mesh{}, found, unable, hour + 1, map[string]string{"revision=default": "unknown"}, UnknownAfter + istioInterval},
		{"Right:never", mutate.Mesh{}, refused, refused, 1, map[string]string{"revision=default": "unknown"}, istioInterval},
		{"Right:never_Decided:external", mutate.Mesh{Revisions: states{"external": mutate.Enabled}}, refused, refused, 1, map[string]string{"revision=external": "enabled"}, istioInterval},
		{"Deployment:renamed", mutate.Mesh{}, found, istioLook{}, 1, map[string]string{"revision=default": "unknown"}, 0},
		{"Deployment:renamed-before", mutate.Mesh{}, injected, injected, 1, map[string]string{"revision=canary": "unknown"}, 0},
		{"Istio:absent", mutate.Mesh{}, istioLook{}, istioLook{}, 1, map[string]string{"revision=default": "absent"}, 0},
		{"Decided:all", mutate.Mesh{DualStack: mutate.Enabled, InjectsOnce: mutate.Enabled}, refused, refused, hour + 1, map[string]string{"revision=default": "enabled"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				i := NewIstio(IstioOptions{
					Reader: &istioAPI{looks: []istioLook{tc.first, tc.then}}, Namespace: "istio-system",
					Selector: labels.SelectorFromSet(labels.Set{"app": "istiod"}), Decided: tc.decided, Registry: registry, Log: zap.NewNop(),
				})
				_ = i.Look(t.Context())
				for range tc.looks {
					time.Sleep(istioInterval)
					_ = i.Look(t.Context())
				}
				if diff := cmp.Diff(tc.want, statesIn(t, registry, "dualstack_istiod_dual_stack")); diff != "" {
					t.Errorf("dualstack_istiod_dual_stack (-want +got):\n%s", diff)
				}
				if got := gaugeIn(t, registry, "dualstack_istiod_read_age_seconds"); got != tc.age.Seconds() {
					t.Errorf("dualstack_istiod_read_age_seconds = %v, want %v", got, tc.age.Seconds())
				}
				for thing, state := range tc.want {
					if got := i.Mesh().OfRevision(thing[len("revision="):]); (got == mutate.Enabled) != (state == "enabled") {
						t.Errorf("decisions take %s for %s, the series says %s", thing, got, state)
					}
				}
			})
		})
	}
}

// TestLinkerdLost does so with Linkerd.
func TestLinkerdLost(t *testing.T) {
	found := linkerdLook{deployments: []appsv1.Deployment{destinationDeployment()}}
	refused := linkerdLook{err: apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "", errors.New("RBAC"))}
	for _, tc := range []struct {
		name    string
		decided mutate.State
		looks   []linkerdLook
		after   time.Duration
		want    string
		age     time.Duration
	}{
		{"Right:gone", mutate.Unknown, []linkerdLook{found, refused}, time.Minute, "enabled", time.Minute},
		{"Right:gone_For:over-an-hour", mutate.Unknown, []linkerdLook{found, refused}, UnknownAfter + time.Second, "unknown", UnknownAfter + time.Second},
		{"Right:never", mutate.Unknown, []linkerdLook{refused}, time.Minute, "unknown", time.Minute},
		{"Deployment:renamed", mutate.Unknown, []linkerdLook{found, {}}, time.Minute, "unknown", 0},
		{"Decided:disabled", mutate.Disabled, []linkerdLook{refused}, 2 * UnknownAfter, "disabled", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				l := NewLinkerd(LinkerdOptions{Reader: &linkerdAPI{looks: tc.looks}, Namespace: "linkerd", Decided: tc.decided, Registry: registry, Log: zap.NewNop()})
				_ = l.Look(t.Context())
				time.Sleep(tc.after)
				_ = l.Look(t.Context())
				if diff := cmp.Diff(map[string]string{"": tc.want}, statesIn(t, registry, "dualstack_linkerd_dual_stack")); diff != "" {
					t.Errorf("dualstack_linkerd_dual_stack (-want +got):\n%s", diff)
				}
				if got := gaugeIn(t, registry, "dualstack_linkerd_read_age_seconds"); got != tc.age.Seconds() {
					t.Errorf("dualstack_linkerd_read_age_seconds = %v, want %v", got, tc.age.Seconds())
				}
			})
		})
	}
}

// TestClusterLost does so with the ServiceCIDR. One that is not there is an answer.
func TestClusterLost(t *testing.T) {
	gone := answer{err: apierrors.NewNotFound(resource, "kubernetes")}
	for _, tc := range []struct {
		name    string
		decided mutate.State
		answers []answer
		after   time.Duration
		want    string
		age     time.Duration
	}{
		{"Right:gone", mutate.Unknown, []answer{dual, forbidden}, time.Minute, "enabled", time.Minute},
		{"API:out-of-reach_For:a-week", mutate.Unknown, []answer{dual, broken}, 7 * 24 * time.Hour, "unknown", 7 * 24 * time.Hour},
		{"Right:never", mutate.Unknown, []answer{forbidden}, time.Minute, "unknown", time.Minute},
		{"ServiceCIDR:deleted", mutate.Unknown, []answer{dual, gone}, time.Minute, "unknown", 0},
		{"Decided:enabled", mutate.Enabled, []answer{forbidden}, 7 * 24 * time.Hour, "enabled", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				w := NewWatcher(Options{Reader: &api{answers: tc.answers}, Decided: tc.decided, Registry: registry, Log: zap.NewNop()})
				_ = w.Look(t.Context())
				time.Sleep(tc.after)
				_ = w.Look(t.Context())
				got := statesIn(t, registry, "dualstack_cluster_dual_stack")["network=services"]
				if got != tc.want || w.DualStack().String() != tc.want {
					t.Errorf("dualstack_cluster_dual_stack{services} = %s, and decisions take it for %s; want %s", got, w.DualStack(), tc.want)
				}
				if got := gaugeIn(t, registry, "dualstack_cluster_read_age_seconds"); got != tc.age.Seconds() {
					t.Errorf("dualstack_cluster_read_age_seconds = %v, want %v", got, tc.age.Seconds())
				}
			})
		})
	}
}
