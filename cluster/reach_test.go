package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// webhooks returns a configuration with webhooks of these names and selectors.
func webhooks(labels map[string]string, selectors map[string]*metav1.LabelSelector) admissionregistrationv1.MutatingWebhookConfiguration {
	var c admissionregistrationv1.MutatingWebhookConfiguration
	c.Labels = labels
	for name, selector := range selectors {
		c.Webhooks = append(c.Webhooks, admissionregistrationv1.MutatingWebhook{Name: name, NamespaceSelector: selector})
	}
	return c
}

func TestReach(t *testing.T) {
	asks := func(key string, operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
	}
	plain, injected := labels.Set{"kubernetes.io/metadata.name": "shop"}, labels.Set{"istio-injection": "enabled"}
	istio := func(revision string) []mutate.Injection {
		return []mutate.Injection{{Mesh: "istio", Revision: revision}}
	}
	for _, tc := range []struct {
		name          string
		configuration admissionregistrationv1.MutatingWebhookConfiguration
		namespace     labels.Set
		want          []mutate.Injection
	}{
		{"Istio:namespace_Namespace:plain", webhooks(nil, map[string]*metav1.LabelSelector{"namespace.sidecar-injector.istio.io": asks("istio-injection", metav1.LabelSelectorOpIn, "enabled")}), plain, nil},
		{"Istio:namespace_Namespace:injected", webhooks(nil, map[string]*metav1.LabelSelector{"namespace.sidecar-injector.istio.io": asks("istio-injection", metav1.LabelSelectorOpIn, "enabled")}), injected, istio("default")},
		{"Istio:object_Namespace:plain", webhooks(map[string]string{"istio.io/rev": "canary"}, map[string]*metav1.LabelSelector{"rev.object.sidecar-injector.istio.io": asks("istio-injection", metav1.LabelSelectorOpDoesNotExist)}), plain, istio("canary")},
		{"Istio:object_Namespace:injected", webhooks(map[string]string{"istio.io/rev": "canary"}, map[string]*metav1.LabelSelector{"rev.object.sidecar-injector.istio.io": asks("istio-injection", metav1.LabelSelectorOpDoesNotExist)}), injected, nil},
		{"Istio:auto_Tag:production", webhooks(map[string]string{"istio.io/rev": "canary", "istio.io/tag": "production"}, map[string]*metav1.LabelSelector{"auto.sidecar-injector.istio.io": nil}), plain, istio("production")},
		{"Istio:old-name", webhooks(nil, map[string]*metav1.LabelSelector{"sidecar-injector.istio.io": {}}), plain, istio("default")},
		{"Istio:deactivated", webhooks(nil, map[string]*metav1.LabelSelector{"object.sidecar-injector.istio.io": {MatchLabels: map[string]string{"istio.io/deactivated": "never-match"}}}), plain, nil},
		{"Linkerd", webhooks(nil, map[string]*metav1.LabelSelector{"linkerd-proxy-injector.linkerd.io": asks("config.linkerd.io/admission-webhooks", metav1.LabelSelectorOpNotIn, "disabled")}), plain, []mutate.Injection{{Mesh: "linkerd"}}},
		{"Linkerd_Namespace:left-out", webhooks(nil, map[string]*metav1.LabelSelector{"linkerd-proxy-injector.linkerd.io": asks("config.linkerd.io/admission-webhooks", metav1.LabelSelectorOpNotIn, "disabled")}), labels.Set{"config.linkerd.io/admission-webhooks": "disabled"}, nil},
		{"Kuma:pods", webhooks(nil, map[string]*metav1.LabelSelector{"pods-kuma-injector.kuma.io": {}, "mesh.defaulter.kuma-admission.kuma.io": {}}), plain, []mutate.Injection{{Mesh: "kuma"}}},
		{"Consul:of-a-release", webhooks(nil, map[string]*metav1.LabelSelector{"prod-consul-connect-injector.consul.hashicorp.com": {}, "mutate-proxydefaults.consul.hashicorp.com": {}}), plain, []mutate.Injection{{Mesh: "consul"}}},
		{"Selector:not-one", webhooks(nil, map[string]*metav1.LabelSelector{"linkerd-proxy-injector.linkerd.io": asks("a", "Maybe")}), plain, []mutate.Injection{{Mesh: "linkerd"}}},
		{"Other:dapr", webhooks(nil, map[string]*metav1.LabelSelector{"sidecar-injector.dapr.io": nil, "vault.hashicorp.com": nil, "pods-apply.webhook.dualstack.dev": nil}), plain, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []mutate.Injection
			for _, r := range reachOf(&tc.configuration) {
				if r.Namespaces.Matches(tc.namespace) {
					got = append(got, r.Injection)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("what reaches the namespace (-want +got):\n%s", diff)
			}
		})
	}
}

// listAPI answers each list with the next of its answers, and then with the last for
// ever. An answer without configurations is an error.
type listAPI struct {
	client.Reader
	answers [][]admissionregistrationv1.MutatingWebhookConfiguration
	at      int
}

func (a *listAPI) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	now := a.answers[min(a.at, len(a.answers)-1)]
	a.at++
	list.(*admissionregistrationv1.MutatingWebhookConfigurationList).Items = now
	if now == nil {
		return errors.New("forbidden")
	}
	return nil
}

// TestInjectorsLost holds that an injector that was seen counts until it is seen to be
// gone, however long that is, and what its series say.
func TestInjectorsLost(t *testing.T) {
	linkerd := []admissionregistrationv1.MutatingWebhookConfiguration{webhooks(nil, map[string]*metav1.LabelSelector{"linkerd-proxy-injector.linkerd.io": nil})}
	gone := []admissionregistrationv1.MutatingWebhookConfiguration{}
	for _, tc := range []struct {
		name    string
		answers [][]admissionregistrationv1.MutatingWebhookConfiguration
		reached bool
		linkerd string
		kuma    string
	}{
		{"Right:gone", [][]admissionregistrationv1.MutatingWebhookConfiguration{linkerd, nil}, true, "present", "unknown"},
		{"Right:never", [][]admissionregistrationv1.MutatingWebhookConfiguration{nil}, false, "unknown", "unknown"},
		{"Injector:removed", [][]admissionregistrationv1.MutatingWebhookConfiguration{linkerd, gone}, false, "absent", "absent"},
		{"Injector:added", [][]admissionregistrationv1.MutatingWebhookConfiguration{gone, linkerd}, true, "present", "absent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				i := NewInjectors(InjectorsOptions{Reader: &listAPI{answers: tc.answers}, Registry: registry, Log: zap.NewNop()})
				_ = i.Look(t.Context())
				time.Sleep(2 * UnknownAfter)
				_ = i.Look(t.Context())
				if got := len(i.Reach()) > 0; got != tc.reached {
					t.Errorf("Reach() = %v, want some: %t", i.Reach(), tc.reached)
				}
				got := statesIn(t, registry, "dualstack_injector")
				if got["mesh=linkerd"] != tc.linkerd || got["mesh=kuma"] != tc.kuma || len(got) != len(injectorNames) {
					t.Errorf("dualstack_injector = %v, want linkerd %s, kuma %s, and each mesh", got, tc.linkerd, tc.kuma)
				}
			})
		})
	}
}

// TestLinkerdInjected holds that a control plane whose injector is there is missed.
func TestLinkerdInjected(t *testing.T) {
	for injected, want := range map[bool]string{true: "unknown", false: "absent"} {
		l := NewLinkerd(LinkerdOptions{Reader: &linkerdAPI{looks: []linkerdLook{{}}}, Namespace: "linkerd", Injected: func() bool { return injected }, Log: zap.NewNop()})
		_ = l.Look(t.Context())
		if got := l.state(); got != want {
			t.Errorf("state of a control plane that is not found, with an injector: %t = %s, want %s", injected, got, want)
		}
	}
}

// cniAPI has the ConfigMap of istio-cni, or an error.
type cniAPI struct {
	client.Reader
	data map[string]string
	err  error
}

func (a *cniAPI) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	config, ok := object.(*corev1.ConfigMap)
	if !ok || key.Name != "istio-cni-config" || key.Namespace != "kube-system" {
		return errors.New("this is the ConfigMap istio-cni-config in kube-system")
	}
	config.Data = a.data
	return a.err
}

func TestAmbient(t *testing.T) {
	resource := schema.GroupResource{Resource: "configmaps"}
	for _, tc := range []struct {
		name    string
		decided mutate.State
		api     cniAPI
		want    mutate.State
		series  string
		err     bool
	}{
		{"IPv6:true", mutate.Unknown, cniAPI{data: map[string]string{"AMBIENT_ENABLED": "true", "AMBIENT_IPV6": "true"}}, mutate.Enabled, "enabled", false},
		{"IPv6:false", mutate.Unknown, cniAPI{data: map[string]string{"AMBIENT_ENABLED": "true", "AMBIENT_IPV6": "false"}}, mutate.Disabled, "disabled", false},
		{"IPv6:unsaid", mutate.Unknown, cniAPI{data: map[string]string{"AMBIENT_ENABLED": "true"}}, mutate.Unknown, "unknown", false},
		{"IPv6:nonsense", mutate.Unknown, cniAPI{data: map[string]string{"AMBIENT_ENABLED": "true", "AMBIENT_IPV6": "yes"}}, mutate.Unknown, "unknown", false},
		{"Ambient:off", mutate.Unknown, cniAPI{data: map[string]string{"AMBIENT_ENABLED": "false", "AMBIENT_IPV6": "true"}}, mutate.Unknown, "unknown", false},
		{"ConfigMap:absent", mutate.Unknown, cniAPI{err: apierrors.NewNotFound(resource, "istio-cni-config")}, mutate.Unknown, "absent", false},
		{"ConfigMap:forbidden", mutate.Unknown, cniAPI{err: apierrors.NewForbidden(resource, "istio-cni-config", nil)}, mutate.Unknown, "unknown", true},
		{"ConfigMap:forbidden_Decided:enabled", mutate.Enabled, cniAPI{err: apierrors.NewForbidden(resource, "istio-cni-config", nil)}, mutate.Enabled, "enabled", false},
		{"IPv6:true_Decided:disabled", mutate.Disabled, cniAPI{data: map[string]string{"AMBIENT_ENABLED": "true", "AMBIENT_IPV6": "true"}}, mutate.Disabled, "disabled", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			a := NewAmbient(AmbientOptions{Reader: &tc.api, Namespace: "kube-system", Decided: tc.decided, Registry: registry, Log: zap.NewNop()})
			if err := a.Look(t.Context()); (err != nil) != tc.err {
				t.Errorf("Look() = %v, want an error: %t", err, tc.err)
			}
			if got := a.DualStack(); got != tc.want {
				t.Errorf("DualStack() = %s, want %s", got, tc.want)
			}
			if diff := cmp.Diff(map[string]string{"": tc.series}, statesIn(t, registry, "dualstack_istio_ambient_dual_stack")); diff != "" {
				t.Errorf("dualstack_istio_ambient_dual_stack (-want +got):\n%s", diff)
			}
		})
	}
}
