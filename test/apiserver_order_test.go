package test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// testOrder puts a stand-in injector before and after us, by name, and lets it
// be called again or not. The Pod comes out right in every case: last by name
// is where we want to be, and to be called again is what saves us elsewhere.
func (c *cluster) testOrder(t *testing.T) {
	c.serve(t, "--istio-dual-stack=enabled")
	c.namespace(t, "injector", nil, nil)
	bundle := c.injector(t)
	for _, name := range []string{"aa-injector", "zzz-injector"} {
		for _, reinvocation := range []admissionregistrationv1.ReinvocationPolicyType{"Never", "IfNeeded"} {
			t.Run(fmt.Sprintf("Injector:%s_Reinvocation:%s", name, reinvocation), func(t *testing.T) {
				configuration := injectorConfiguration(name, reinvocation, bundle)
				if err := c.client.Create(t.Context(), configuration); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := c.client.Delete(t.Context(), configuration); err != nil {
						t.Error(err)
					}
				}()
				namespace := strings.ToLower(fmt.Sprintf("%s-%s", name, reinvocation))
				c.namespace(t, namespace, applied, nil)
				c.checkInjected(t, namespace)
			})
		}
	}
}

// checkInjected creates Pods until the new configuration is in force, and looks
// at the first one that has the sidecar.
func (c *cluster) checkInjected(t *testing.T, namespace string) {
	t.Helper()
	var pod corev1.Pod
	await(t, "the injector to be called", func() bool {
		pod = corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: namespace}}
		pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "app"}}
		if err := c.client.Create(t.Context(), &pod, client.DryRunAll); err != nil {
			t.Fatal(err)
		}
		return len(pod.Spec.InitContainers) > 0
	})
	want := []corev1.EnvVar{{Name: "ISTIO_DUAL_STACK", Value: "true"}}
	if diff := cmp.Diff(want, pod.Spec.InitContainers[0].Env); diff != "" {
		t.Errorf("istio-init's environment (-want +got):\n%s", diff)
	}
	want = append([]corev1.EnvVar{{Name: "INJECTED", Value: "yes"}}, want...)
	if diff := cmp.Diff(want, pod.Spec.Containers[1].Env); diff != "" {
		t.Errorf("istio-proxy's environment (-want +got):\n%s", diff)
	}
	if got := pod.Annotations["dualstack.dev/status"]; got != "istio=rewritten" {
		t.Errorf("status = %q, want istio=rewritten", got)
	}
}

// injectorConfiguration is like that of Istio's chart.
func injectorConfiguration(name string, reinvocation admissionregistrationv1.ReinvocationPolicyType, bundle []byte) *admissionregistrationv1.MutatingWebhookConfiguration {
	none, path := admissionregistrationv1.SideEffectClassNone, "/inject"
	return &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "sidecar-injector.example.com",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				Service:  &admissionregistrationv1.ServiceReference{Namespace: "injector", Name: "injector", Path: &path},
				CABundle: bundle,
			},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: applied},
			SideEffects:             &none,
			ReinvocationPolicy:      &reinvocation,
			AdmissionReviewVersions: []string{"v1"},
		}},
	}
}

// injector serves a webhook that adds two Istio containers to a Pod without
// them, behind a Service of its own, and returns its caBundle.
func (c *cluster) injector(t *testing.T) []byte {
	t.Helper()
	certPEM, keyPEM, err := cert.GenerateSelfSignedCertKey("injector.injector.svc", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(inject))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)

	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "injector", Name: "injector"}}
	service.Spec.Ports = []corev1.ServicePort{{Port: 443}}
	if err := c.client.Create(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	c.Route(service, 443, envtest.Backend(server.Listener.Addr().String()))
	return certPEM
}

func inject(w http.ResponseWriter, req *http.Request) {
	var review admissionv1.AdmissionReview
	var pod corev1.Pod
	if err := json.NewDecoder(req.Body).Decode(&review); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	if len(pod.Spec.InitContainers) == 0 {
		jsonPatch := admissionv1.PatchTypeJSONPatch
		review.Response.PatchType = &jsonPatch
		review.Response.Patch = []byte(`[
			{"op":"add","path":"/spec/initContainers","value":[{"name":"istio-init","image":"proxyv2"}]},
			{"op":"add","path":"/spec/containers/-","value":{"name":"istio-proxy","image":"proxyv2","env":[{"name":"INJECTED","value":"yes"}]}}]`)
	}
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review)
}
