package test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// testIstiod lets the program find two revisions of istiod and a tag, with the
// rights of the chart, and creates Pods and Services of each.
func (c *cluster) testIstiod(t *testing.T) {
	c.namespace(t, "istio-system", nil, nil)
	c.istiod(t, "default", "false")
	c.istiod(t, "canary", "true")
	c.tag(t, "production", "canary")
	server := c.serve(t)
	checkRevision(t, server, "default", "disabled")
	checkRevision(t, server, "canary", "enabled")
	for _, tc := range []struct {
		name, label, value string
		pod, service       bool
	}{
		{"Injection:default_Istiod:disabled", "istio-injection", "enabled", false, false},
		{"Revision:canary_Istiod:enabled", "istio.io/rev", "canary", true, true},
		{"Revision:default_Istiod:disabled", "istio.io/rev", "default", false, false},
		{"Tag:production_Istiod:enabled", "istio.io/rev", "production", true, true},
		{"Revision:absent_Istiod:unknown", "istio.io/rev", "absent", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			namespace := "istiod-" + tc.value
			c.namespace(t, namespace, map[string]string{"dualstack.dev/mode": "apply", tc.label: tc.value}, nil)
			if got := c.podIsDual(t, namespace, tc.value); got != tc.pod {
				t.Errorf("the Pod is dual-stack: %t, want %t", got, tc.pod)
			}
			if got := c.serviceIsDual(t, namespace); got != tc.service {
				t.Errorf("the Service is dual-stack: %t, want %t", got, tc.service)
			}
		})
	}
}

// istiod creates a Deployment as Istio's chart does, which is rolled out.
func (c *cluster) istiod(t *testing.T, revision, dualStack string) {
	t.Helper()
	labels := map[string]string{"app": "istiod", "istio.io/rev": revision}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "istiod-" + revision, Namespace: "istio-system", Labels: labels}}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	d.Spec.Template.Labels = labels
	d.Spec.Template.Spec.Containers = []corev1.Container{{
		Name: "discovery", Image: "docker.io/istio/pilot:1.31.0",
		Env: []corev1.EnvVar{{Name: "ISTIO_DUAL_STACK", Value: dualStack}},
	}}
	c.rolledOut(t, d)
}

// rolledOut creates a Deployment, and says what its controller would say once all of
// its Pods run.
func (c *cluster) rolledOut(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	if err := c.client.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	c.deleteAtEnd(t, d)
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
	if err := c.client.Status().Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// deleteAtEnd deletes the Deployment when the test ends: others share the API server.
func (c *cluster) deleteAtEnd(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.client.Delete(context.WithoutCancel(t.Context()), d); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	})
}

// tag creates what istioctl tag set does, but for its webhooks.
func (c *cluster) tag(t *testing.T, tag, revision string) {
	t.Helper()
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{}
	configuration.Name = "istio-revision-tag-" + tag
	configuration.Labels = map[string]string{"istio.io/tag": tag, "istio.io/rev": revision}
	if err := c.client.Create(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.client.Delete(context.WithoutCancel(t.Context()), configuration); err != nil {
			t.Error(err)
		}
	})
}

func checkRevision(t *testing.T, server *envtest.Server, revision, state string) {
	t.Helper()
	want := fmt.Sprintf(`dualstack_istiod_dual_stack{revision=%q,state=%q} 1`, revision, state)
	if text := get(t, "http://"+server.Metrics+"/metrics"); !strings.Contains(text, want) {
		t.Errorf("/metrics has no line %s", want)
	}
}

// podIsDual creates a Pod that asks for a revision, without storing it.
func (c *cluster) podIsDual(t *testing.T, namespace, revision string) bool {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: namespace}}
	if revision != "enabled" {
		pod.Labels = map[string]string{"istio.io/rev": revision}
	}
	pod.Spec.Containers = []corev1.Container{{Name: "istio-proxy", Image: "proxyv2"}}
	if err := c.client.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Fatal(err)
	}
	return len(pod.Spec.Containers[0].Env) == 1
}

// serviceIsDual creates a Service without storing it.
func (c *cluster) serviceIsDual(t *testing.T, namespace string) bool {
	t.Helper()
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: namespace}}
	service.Spec.Ports = []corev1.ServicePort{{Port: 80}}
	if err := c.client.Create(t.Context(), service, client.DryRunAll); err != nil {
		t.Fatal(err)
	}
	return len(service.Spec.IPFamilies) == 2
}
