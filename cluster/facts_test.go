package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// meshed is a dual-stack cluster with both control planes. What is in refuses may not
// be read; of pods the key is the namespace.
type meshed struct {
	client.Reader
	refuses []string
	pods    map[string][]corev1.Pod
	reads   []string
}

func (c *meshed) read(what string) error {
	c.reads = append(c.reads, what)
	if slices.Contains(c.refuses, what) {
		return apierrors.NewForbidden(schema.GroupResource{Resource: what}, "", errors.New("RBAC"))
	}
	return nil
}

func (c *meshed) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch object := object.(type) {
	case *networkingv1.ServiceCIDR:
		object.Spec.CIDRs = []string{"10.96.0.0/16", "fd00:10:96::/112"}
		return c.read("servicecidrs")
	case *corev1.Service:
		object.Spec.Selector = map[string]string{"app": "webhook"}
		return c.read("services")
	case *corev1.ConfigMap:
		object.Data = map[string]string{"AMBIENT_ENABLED": "true", "AMBIENT_IPV6": "true"}
		return c.read("configmaps")
	}
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

func (c *meshed) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var o client.ListOptions
	o.ApplyOptions(options)
	switch list := list.(type) {
	case *appsv1.DeploymentList:
		if o.Namespace == "linkerd" {
			list.Items = []appsv1.Deployment{destinationDeployment()}
		} else {
			list.Items = []appsv1.Deployment{istiodDeployment("default")}
		}
		return c.read("deployments in " + o.Namespace)
	case *corev1.PodList:
		list.Items = c.pods[o.Namespace]
		return c.read("pods in " + o.Namespace)
	}
	return c.read("injectors")
}

func factsOf(c *meshed, decided mutate.Facts, places PodPlaces) *Facts {
	return NewFacts(FactsOptions{
		Reader: c, Decided: decided, IstioNamespace: "istio-system", LinkerdNamespace: "linkerd",
		IstioSelector: labels.SelectorFromSet(labels.Set{"app": "istiod"}), UnknownAfter: 30 * time.Second,
		FindPods: func(ctx context.Context) (mutate.State, error) { return FindPods(ctx, c, places) },
	})
}

// TestFactsOnce holds what whoever looks once knows: of everything, what was decided,
// and else what is found; and that what may not be read names the setting.
func TestFactsOnce(t *testing.T) {
	found := map[string]mutate.Mesh{"istio": {Revisions: states{"default": mutate.Enabled}}, "istio-ambient": {DualStack: mutate.Enabled}, "linkerd": {DualStack: mutate.Enabled}}
	nothing := map[string]mutate.Mesh{"istio": {}, "istio-ambient": {}, "linkerd": {}}
	dualPods := map[string][]corev1.Pod{"shop": {podWith("10.244.0.1", "fd00:10:244::1")}}
	for _, tc := range []struct {
		name    string
		decided mutate.Facts
		cluster meshed
		want    mutate.Facts
		says    []string
	}{
		{"Found:all", mutate.Facts{}, meshed{pods: dualPods}, mutate.Facts{DualStack: mutate.Enabled, Pods: mutate.Enabled, Meshes: found}, nil},
		{
			"Decided:linkerd",
			mutate.Facts{Meshes: map[string]mutate.Mesh{"linkerd": {DualStack: mutate.Disabled}}},
			meshed{refuses: []string{"deployments in linkerd"}},
			mutate.Facts{DualStack: mutate.Enabled, Meshes: map[string]mutate.Mesh{"istio": found["istio"], "istio-ambient": found["istio-ambient"], "linkerd": {DualStack: mutate.Disabled}}},
			nil,
		},
		{
			"Decided:services-and-pods",
			mutate.Facts{DualStack: mutate.Disabled, Pods: mutate.Enabled},
			meshed{refuses: []string{"servicecidrs", "pods in shop"}},
			mutate.Facts{DualStack: mutate.Disabled, Pods: mutate.Enabled, Meshes: found},
			nil,
		},
		{
			"Read:forbidden",
			mutate.Facts{},
			meshed{refuses: []string{"servicecidrs", "pods in shop", "injectors", "deployments in linkerd", "configmaps"}},
			mutate.Facts{Meshes: nothing},
			[]string{"cluster.dualStack", "cluster.podsDualStack", "istio.dualStack", "istio.ambientDualStack", "linkerd.dualStack"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := factsOf(&tc.cluster, tc.decided, PodPlaces{Namespace: "shop"})
			err := f.Refresh(t.Context(), time.Second)
			if diff := cmp.Diff(tc.want, f.Now(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Now() (-want +got):\n%s", diff)
			}
			if (err != nil) != (tc.says != nil) {
				t.Errorf("Refresh() = %v, want something about %q", err, tc.says)
			}
			for _, setting := range tc.says {
				if !strings.Contains(err.Error(), "setting "+setting+" ") && !strings.Contains(err.Error(), "settings "+setting+" ") {
					t.Errorf("Refresh() = %v, want a word about %s", err, setting)
				}
			}
		})
	}
}

// TestFactsContradict holds that whoever looks once hears why the cluster is unknown whose
// Services and Pods differ.
func TestFactsContradict(t *testing.T) {
	c := &meshed{pods: map[string][]corev1.Pod{"system": {podWith("10.244.0.1")}}}
	places := PodPlaces{Webhook: client.ObjectKey{Namespace: "system", Name: "webhook"}}
	f := factsOf(c, mutate.Facts{}, places)
	if err := f.Refresh(t.Context(), time.Second); err == nil || !strings.Contains(err.Error(), "the webhook's own Pods have one") {
		t.Errorf("Refresh() = %v, want a word about the Pods", err)
	}
	if now := f.Now(); now.DualStack != mutate.Unknown || now.Pods != mutate.Disabled {
		t.Errorf("Now() = Services %s, Pods %s; want unknown and disabled", now.DualStack, now.Pods)
	}
	decided := factsOf(c, mutate.Facts{DualStack: mutate.Enabled}, places)
	if err := decided.Refresh(t.Context(), time.Second); err != nil || decided.Now().DualStack != mutate.Enabled {
		t.Errorf("Refresh() where it is decided = %v, and then %s is known; want nil and enabled", err, decided.Now().DualStack)
	}
}

// TestFactsRefresh holds that what is fresh is not read again, and that what cannot be
// read again does not count for long.
func TestFactsRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &meshed{}
		f := factsOf(c, mutate.Facts{}, PodPlaces{})
		refresh := func(after time.Duration) (reads int) {
			time.Sleep(after)
			before := len(c.reads)
			_ = f.Refresh(t.Context(), 20*time.Second)
			return len(c.reads) - before
		}
		if first := refresh(0); first == 0 {
			t.Error("the first Refresh() reads nothing")
		}
		if reads := refresh(20 * time.Second); reads != 0 {
			t.Errorf("Refresh() of what is 20 s old reads %d times, want 0", reads)
		}
		if reads := refresh(time.Second); reads == 0 || f.Now().Meshes["linkerd"].DualStack != mutate.Enabled {
			t.Errorf("Refresh() of what is 21 s old reads %d times, and then %v is known", reads, f.Now())
		}
		c.refuses = []string{"servicecidrs", "injectors", "deployments in linkerd", "configmaps"}
		refresh(25 * time.Second)
		if now := f.Now(); now.DualStack != mutate.Enabled || now.Meshes["linkerd"].DualStack != mutate.Enabled {
			t.Errorf("what is 25 s old: %v, want it to count", now)
		}
		refresh(6 * time.Second)
		want := mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {}, "istio-ambient": {}, "linkerd": {}}}
		if diff := cmp.Diff(want, f.Now(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("what is 31 s old (-want +got):\n%s", diff)
		}
	})
}

// podWith returns a Pod that runs and has these addresses.
func podWith(ips ...string) corev1.Pod {
	var pod corev1.Pod
	pod.Status.Phase = corev1.PodRunning
	for _, ip := range ips {
		pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	return pod
}

func TestFindPods(t *testing.T) {
	two, one := podWith("10.244.0.1", "fd00:10:244::1"), podWith("10.244.0.2")
	node, ended, leaving := podWith("192.0.2.1", "2001:db8::1"), podWith("10.244.0.1", "fd00:10:244::1"), podWith("10.244.0.1", "fd00:10:244::1")
	node.Spec.HostNetwork = true
	ended.Status.Phase = corev1.PodSucceeded
	leaving.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	installed := client.ObjectKey{Namespace: "system", Name: "webhook"}
	for _, tc := range []struct {
		name    string
		webhook client.ObjectKey
		own     []corev1.Pod
		others  []corev1.Pod
		refuses []string
		want    mutate.State
		err     bool
	}{
		{"Own:two-families_Others:one", installed, []corev1.Pod{two, two}, []corev1.Pod{one}, nil, mutate.Enabled, false},
		{"Own:one-family_Others:two", installed, []corev1.Pod{one}, []corev1.Pod{two}, nil, mutate.Disabled, false},
		{"Own:differ_Others:differ", installed, []corev1.Pod{two, one}, []corev1.Pod{two, one}, nil, mutate.Unknown, false},
		{"Own:differ_Others:two-families", installed, []corev1.Pod{one, two, one}, []corev1.Pod{two}, nil, mutate.Unknown, false},
		{"Own:none_Others:two-families", installed, nil, []corev1.Pod{two, podWith()}, nil, mutate.Enabled, false},
		{"Own:none_Others:one-family", installed, nil, []corev1.Pod{one, one}, nil, mutate.Unknown, false},
		{"Own:node's_Others:node's", installed, []corev1.Pod{node}, []corev1.Pod{node, ended, leaving, podWith()}, nil, mutate.Unknown, false},
		{"Own:forbidden_Others:two-families", installed, []corev1.Pod{one}, []corev1.Pod{two}, []string{"services"}, mutate.Enabled, false},
		{"Own:forbidden_Others:one-family", installed, nil, []corev1.Pod{one}, []string{"services"}, mutate.Unknown, true},
		{"Own:unreadable_Others:forbidden", installed, []corev1.Pod{two}, []corev1.Pod{two}, []string{"pods in system", "pods in shop"}, mutate.Unknown, true},
		{"Installed:no_Others:two-families", client.ObjectKey{}, []corev1.Pod{one}, []corev1.Pod{two}, nil, mutate.Enabled, false},
		{"Others:many", client.ObjectKey{}, nil, slices.Repeat([]corev1.Pod{two}, 2*enoughPods), nil, mutate.Enabled, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &meshed{refuses: tc.refuses, pods: map[string][]corev1.Pod{"system": tc.own, "shop": tc.others}}
			got, err := FindPods(t.Context(), c, PodPlaces{Webhook: tc.webhook, Namespace: "shop"})
			if got != tc.want || (err != nil) != tc.err {
				t.Errorf("FindPods() = %s, %v; want %s and an error: %t", got, err, tc.want, tc.err)
			}
		})
	}
}
