package bench_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/dualstack-dev/webhook/mutate"
)

// usual returns handlers, by path, that change the reviews of this package as
// ours do, in the usual way: decode the whole object, change it, encode it, and
// compare the two documents.
func usual(tb testing.TB) map[string]http.Handler {
	tb.Helper()
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		tb.Fatal(err)
	}
	return map[string]http.Handler{
		podPath:     standalone(tb, podPath, admission.WithDefaulter(scheme, podDefaulter{})),
		servicePath: standalone(tb, servicePath, admission.WithDefaulter(scheme, serviceDefaulter{})),
	}
}

func standalone(tb testing.TB, path string, hook *admission.Webhook) http.Handler {
	tb.Helper()
	handler, err := admission.StandaloneWebhook(hook, admission.StandaloneOptions{
		Logger:      zapr.NewLogger(zap.NewNop()),
		MetricsPath: path,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return handler
}

// podDefaulter turns dual-stack on in each container of Istio's sidecar.
type podDefaulter struct{}

var _ admission.Defaulter[*corev1.Pod] = podDefaulter{}

// Default is for admission.Defaulter.
func (podDefaulter) Default(_ context.Context, pod *corev1.Pod) error {
	changed := false
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			changed = turnOn(&containers[i]) || changed
		}
	}
	if changed {
		metav1.SetMetaDataAnnotation(&pod.ObjectMeta, mutate.KeyStatus, status(pod))
	}
	return nil
}

// status says of the one other sidecar in these Pods that nothing is known of it.
func status(pod *corev1.Pod) string {
	isFluentBit := func(c corev1.Container) bool { return c.Name == "fluent-bit" }
	if slices.ContainsFunc(pod.Spec.Containers, isFluentBit) {
		return "istio=rewritten,fluent-bit=unknown"
	}
	return "istio=rewritten"
}

// turnOn reports whether it changed the container.
func turnOn(c *corev1.Container) bool {
	const variable = "ISTIO_DUAL_STACK"
	switch {
	case !slices.Contains([]string{"istio-proxy", "istio-init", "istio-validation"}, c.Name):
		return false
	case slices.ContainsFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == variable }):
		return false
	}
	c.Env = append(c.Env, corev1.EnvVar{Name: variable, Value: "true"})
	return true
}

// serviceDefaulter makes Services prefer dual-stack.
type serviceDefaulter struct{}

var _ admission.Defaulter[*corev1.Service] = serviceDefaulter{}

// Default is for admission.Defaulter.
func (serviceDefaulter) Default(_ context.Context, service *corev1.Service) error {
	if service.Spec.IPFamilyPolicy != nil {
		return nil
	}
	service.Spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyPreferDualStack)
	metav1.SetMetaDataAnnotation(&service.ObjectMeta, mutate.KeyStatus, "ipFamilyPolicy=PreferDualStack")
	return nil
}
