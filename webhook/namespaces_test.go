package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
	"github.com/dualstack-dev/webhook/webhook"
)

func TestPolicyOfAKnownNamespace(t *testing.T) {
	api := newNamespaceAPI(t,
		namespace("shop", nil, nil),
		namespace("mesh", map[string]string{"istio-injection": "enabled"}, map[string]string{mutate.KeyHeadless: "disabled"}),
		namespace("alone", map[string]string{"istio-injection": "enabled"}, map[string]string{mutate.KeyMesh: "none", mutate.KeyLoadBalancers: "enabled"}),
	)
	namespaces := api.start(t)
	api.open()
	await(t, namespaces)
	facts := facts()
	for _, tc := range []struct {
		name string
		want mutate.Policy
	}{
		{"shop", mutate.Policy{Headless: true, Facts: facts}},
		{"mesh", mutate.Policy{Facts: facts, Membership: mutate.Membership{Meshes: []mutate.Injection{{Mesh: "istio", Revision: "default"}}}}},
		{"alone", mutate.Policy{Headless: true, LoadBalancers: true, Facts: facts, Membership: mutate.Membership{Meshes: []mutate.Injection{{Mesh: "istio", Revision: "default"}}, None: true}}},
	} {
		checkPolicy(t, namespaces, tc.name, tc.want)
	}
}

// TestPolicyHasTheFactsOfTheMoment looks before and after the cluster is known.
func TestPolicyHasTheFactsOfTheMoment(t *testing.T) {
	api := newNamespaceAPI(t, namespace("shop", nil, nil))
	now := mutate.Facts{}
	api.facts = func() mutate.Facts { return now }
	namespaces := api.start(t)
	api.open()
	await(t, namespaces)
	for _, state := range []mutate.State{mutate.Unknown, mutate.Enabled, mutate.Disabled} {
		now = mutate.Facts{DualStack: state}
		for _, name := range []string{"shop", "absent"} {
			if got := namespaces.Policy(t.Context(), name).Facts.DualStack; got != state {
				t.Errorf("Policy(%s).Facts.DualStack = %s, want %s", name, got, state)
			}
		}
	}
}

// TestPolicyOfANamespaceThatArrives has each namespace appear after it was
// looked for in vain. On a busy machine one may be too late, twenty are not.
func TestPolicyOfANamespaceThatArrives(t *testing.T) {
	api := newNamespaceAPI(t)
	api.missed = func(ctx context.Context, name string) {
		api.add(ctx, namespace(name, map[string]string{"linkerd.io/inject": "enabled"}, nil))
	}
	namespaces := api.start(t)
	api.open()
	await(t, namespaces)
	var got mutate.Policy
	for i := range 20 {
		if got = namespaces.Policy(t.Context(), fmt.Sprintf("new-%d", i)); !got.Membership.Unknown {
			break
		}
	}
	want := mutate.Membership{Meshes: []mutate.Injection{{Mesh: "linkerd"}}}
	if diff := cmp.Diff(want, got.Membership); diff != "" {
		t.Errorf("membership of a namespace that arrives while it is waited for (-want +got):\n%s", diff)
	}
}

func TestPolicyOfANamespaceThatNeverArrives(t *testing.T) {
	api := newNamespaceAPI(t, namespace("shop", nil, nil))
	namespaces := api.start(t)
	api.open()
	await(t, namespaces)
	checkPolicy(t, namespaces, "absent", unknown())
}

// TestReady looks before the cache runs, before the API server answers, and
// after.
func TestReady(t *testing.T) {
	api := newNamespaceAPI(t, namespace("shop", nil, nil))
	notReady := func(when string, namespaces *webhook.Namespaces) {
		t.Helper()
		if err := namespaces.Ready(nil); err == nil {
			t.Errorf("Ready() %s = nil, want an error", when)
		}
		checkPolicy(t, namespaces, "shop", unknown())
	}
	idle, err := webhook.NewNamespaces(t.Context(), api.cache(t), defaults(), facts)
	if err != nil {
		t.Fatal(err)
	}
	notReady("before the cache runs", idle)

	namespaces := api.start(t)
	notReady("before the API server answers", namespaces)
	api.open()
	await(t, namespaces)
	checkPolicy(t, namespaces, "shop", defaults())
}

// TestNothingElseIsCached asks for what the program has no right to read. An
// answer would begin with an informer over all of it.
func TestNothingElseIsCached(t *testing.T) {
	c := newNamespaceAPI(t).cache(t)
	for _, object := range []client.Object{&corev1.Pod{}, &corev1.Service{}} {
		err := c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "web"}, object)
		if notCached := (*cache.ErrResourceNotCached)(nil); !errors.As(err, &notCached) {
			t.Errorf("Get(%T) = %v, want ErrResourceNotCached", object, err)
		}
	}
}

// defaults is the policy of a namespace that sets nothing.
func defaults() mutate.Policy {
	return mutate.Policy{
		Headless: true,
		Facts:    facts(),
	}
}

func facts() mutate.Facts {
	return mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}}}
}

// unknown is the policy of a namespace that is not known.
func unknown() mutate.Policy {
	policy := defaults()
	policy.Membership.Unknown = true
	return policy
}

func checkPolicy(t *testing.T, namespaces *webhook.Namespaces, name string, want mutate.Policy) {
	t.Helper()
	got := namespaces.Policy(t.Context(), name)
	sameBypass := cmp.Comparer(func(a, b address.Bypass) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(mutate.Policy{}, sidecar.Set{}), sameBypass); diff != "" {
		t.Errorf("Policy(%s) (-want +got):\n%s", name, diff)
	}
}

func await(t *testing.T, namespaces *webhook.Namespaces) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, 60*time.Second, true, func(context.Context) (bool, error) {
		return namespaces.Ready(nil) == nil, nil
	})
	if err != nil {
		t.Fatalf("waiting for Ready() = nil: %v", err)
	}
}
