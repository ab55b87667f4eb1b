package test

import (
	"context"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// testReach installs the injector of a mesh whose control plane is not there, and creates
// Services where it can reach and where it cannot, with the rights of the chart.
func (c *cluster) testReach(t *testing.T) {
	c.meshInjector(t, "linkerd-proxy-injector.linkerd.io", map[string]string{"reach": "yes"})
	reached := map[string]string{"dualstack.dev/mode": "apply", "reach": "yes"}
	c.namespace(t, "reach-yes", reached, nil)
	c.namespace(t, "reach-no", map[string]string{"dualstack.dev/mode": "apply"}, nil)
	c.namespace(t, "reach-none", reached, map[string]string{"dualstack.dev/mesh": "none"})
	c.serve(t)
	for namespace, want := range map[string]bool{"reach-yes": false, "reach-no": true, "reach-none": true} {
		c.warnings.take()
		if got := c.serviceIsDual(t, namespace); got != want {
			t.Errorf("a Service in %s is dual-stack: %t, want %t", namespace, got, want)
		}
		said := strings.Contains(strings.Join(c.warnings.take(), "\n"), "linkerd may inject: make it dual-stack, or annotate the Namespace dualstack.dev/mesh: none (mesh-may-reach)")
		if said == want {
			t.Errorf("in %s the warning names the mesh and the ways out: %t, want %t", namespace, said, !want)
		}
	}
	t.Run("Upgrade", func(t *testing.T) { c.testReachedUpgrade(t) })
	c.serve(t, "--linkerd-dual-stack=enabled")
	if !c.serviceIsDual(t, "reach-yes") {
		t.Error("a Service within reach of a mesh that the settings say is dual-stack stays as it is")
	}
}

// testReachedUpgrade holds that existing Services follow the same rules until there are
// Pods, which tell themselves whether they are in the mesh.
func (c *cluster) testReachedUpgrade(t *testing.T) {
	s := c.upgradeStage(t, "reach-upgrade")
	s.named("empty", func(service *corev1.Service) { service.Spec.Selector = map[string]string{"app": "empty"} })
	s.named("web", func(service *corev1.Service) { service.Spec.Selector = map[string]string{"app": "web"} })
	s.createPod(podOf{name: "web", app: "web", plain: true, ips: []string{"10.244.0.7", "fd00:10:244::7"}})
	s.kubectl("", "label", "namespace", s.namespace, "reach=yes", "dualstack.dev/mode=apply")
	for name, want := range map[string]string{"empty": "mesh-may-reach", "web": "service-dual-stack"} {
		if got := s.do("upgrade", "--dry-run")[name]; got != want {
			t.Errorf("upgrade of the Service %s: %s, want %s", name, got, want)
		}
	}
}

// meshInjector installs a webhook of this name that is asked about Pods of namespaces with the
// labels, but only about Pods that there are not.
func (c *cluster) meshInjector(t *testing.T, name string, namespaces map[string]string) {
	t.Helper()
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name}}
	configuration.Webhooks = []admissionregistrationv1.MutatingWebhook{{
		Name: name, AdmissionReviewVersions: []string{"v1"}, SideEffects: new(admissionregistrationv1.SideEffectClassNone), FailurePolicy: new(admissionregistrationv1.Ignore),
		ClientConfig:      admissionregistrationv1.WebhookClientConfig{URL: new("https://127.0.0.1:1/")},
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: namespaces},
		ObjectSelector:    &metav1.LabelSelector{MatchLabels: map[string]string{"asks": "for-injection"}},
		Rules: []admissionregistrationv1.RuleWithOperations{{
			Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
			Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
		}},
	}}
	if err := c.client.Create(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.client.Delete(context.WithoutCancel(t.Context()), configuration); err != nil {
			t.Error(err)
		}
	})
}

// testAmbient has istio-cni say that the ambient mesh captures one family, and then both.
func (c *cluster) testAmbient(t *testing.T) {
	c.namespace(t, "ambient", map[string]string{"dualstack.dev/mode": "apply", "istio.io/dataplane-mode": "ambient"}, nil)
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "istio-cni-config", Namespace: "kube-system"}}
	config.Data = map[string]string{"AMBIENT_ENABLED": "true", "AMBIENT_IPV6": "false"}
	if err := c.client.Create(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	check := func(ipv6, state string) {
		t.Helper()
		config.Data["AMBIENT_IPV6"] = ipv6
		if err := c.client.Update(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		server := c.serve(t, "--istio-cni-namespace=kube-system")
		if got, want := c.serviceIsDual(t, "ambient"), state == "enabled"; got != want {
			t.Errorf("with ambient.ipv6=%s a Service is dual-stack: %t, want %t", ipv6, got, want)
		}
		want := `dualstack_istio_ambient_dual_stack{state="` + state + `"} 1`
		if text := get(t, "http://"+server.Metrics+"/metrics"); !strings.Contains(text, want) {
			t.Errorf("/metrics has no line %s", want)
		}
	}
	check("false", "disabled")
	check("true", "enabled")
}
