package test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

var (
	errNobody = errors.New("no endpoints")
	// meshedPod has a sidecar, and is allowed in the release's own namespace.
	meshedPod = map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web"},
		"spec": map[string]any{
			"securityContext": map[string]any{"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"}},
			"containers": []any{map[string]any{
				"name": "istio-proxy", "image": "proxyv2",
				"securityContext": map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}}},
			}},
		},
	}
)

// testDown creates Services and Pods in each kind of namespace while the webhook is
// down in each way. Everything succeeds, unchanged, and only the namespace that
// opted in and may do so makes the API server call: kube-system and the release's
// own have the label, too.
func (c *cluster) testDown(t *testing.T) {
	hanging, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hanging.Close() })
	c.namespace(t, "down-unlabelled", nil, nil)
	c.namespace(t, "down-labelled", nil, nil)
	for _, namespace := range []string{"kube-system", envtest.Namespace, "down-labelled"} {
		c.optIn(t, namespace)
	}
	var calls atomic.Int64
	c.route(t, func() (string, error) { calls.Add(1); return "", errNobody })
	// The API server watches namespaces in their order: then it has seen all three.
	await(t, "a call for the last namespace", func() bool {
		if _, err := c.create(t.Context(), "down-labelled", plainWeb); err != nil {
			t.Fatal(err)
		}
		return calls.Load() > 0
	})
	ways := map[string]envtest.Pick{
		"Absent":  func() (string, error) { return "", errNobody },
		"Refused": envtest.Backend("127.0.0.1:1"),
		"Hangs":   envtest.Backend(hanging.Addr().String()), // until the webhook's timeout
	}
	for way, pick := range ways {
		t.Run(way, func(t *testing.T) {
			for _, namespace := range []string{"kube-system", envtest.Namespace, "down-unlabelled", "down-labelled"} {
				t.Run(namespace, func(t *testing.T) { c.testDownIn(t, pick, namespace) })
			}
		})
	}
}

func (c *cluster) testDownIn(t *testing.T, pick envtest.Pick, namespace string) {
	var calls atomic.Int64
	c.route(t, func() (string, error) { calls.Add(1); return pick() })
	c.Disconnect()
	service, err := c.create(t.Context(), namespace, plainWeb)
	if err != nil {
		t.Errorf("creating a Service = %v, want nil", err)
	}
	if policy := policyOf(service); policy != "SingleStack" {
		t.Errorf("ipFamilyPolicy = %s, want the API server's SingleStack", policy)
	}
	pod, err := c.create(t.Context(), namespace, meshedPod)
	if err != nil {
		t.Errorf("creating a Pod = %v, want nil", err)
	}
	if status := pod.GetAnnotations()["dualstack.dev/status"]; status != "" {
		t.Errorf("the Pod's status = %s, want none", status)
	}
	want := int64(0)
	if namespace == "down-labelled" {
		want = 2
	}
	if n := calls.Load(); n != want {
		t.Errorf("%d connections to the webhook, want %d", n, want)
	}
}

// optIn labels a namespace until the test ends.
func (c *cluster) optIn(t *testing.T, name string) {
	t.Helper()
	set := func(mode any) error {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]any{mutate.KeyMode: mode}}})
		if err != nil {
			return err
		}
		namespace := &corev1.Namespace{}
		namespace.Name = name
		return c.client.Patch(context.WithoutCancel(t.Context()), namespace, client.RawPatch(types.MergePatchType, patch))
	}
	if err := set("apply"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set(nil); err != nil {
			t.Error(err)
		}
	})
}
