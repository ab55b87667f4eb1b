package envtest

import (
	"context"
	"fmt"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// probeNamespace is opted in, for Pods that are never stored.
const probeNamespace = "dualstack-probe"

// Trust puts a caBundle into the installed webhook configuration, and returns
// once the API server gets answers with it: until its own cache has noticed, it
// lets everything through. The route must lead to a program that is ready.
func (c *ControlPlane) Trust(ctx context.Context, bundle []byte) error {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	var configuration admissionregistrationv1.MutatingWebhookConfiguration
	if err := k8s.Get(ctx, client.ObjectKey{Name: "zz-dualstack-webhook"}, &configuration); err != nil {
		return fmt.Errorf("reading the webhook configuration: %w", err)
	}
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].ClientConfig.CABundle = bundle
	}
	if err := k8s.Update(ctx, &configuration); err != nil {
		return fmt.Errorf("writing the caBundle: %w", err)
	}
	return c.AwaitAnswers(ctx)
}

// AwaitAnswers returns once the API server calls the webhook and trusts its
// certificate.
func (c *ControlPlane) AwaitAnswers(ctx context.Context) error {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	err = wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		return answered(ctx, k8s)
	})
	if err != nil {
		return fmt.Errorf("waiting for the API server to call the webhook: %w", err)
	}
	return nil
}

// answered reports whether a Pod with a sidecar comes out with a status, which
// it does whatever is decided about it.
func answered(ctx context.Context, k8s client.Client) (bool, error) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "probe", Namespace: probeNamespace},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "istio-proxy", Image: "proxyv2"}}},
	}
	if err := k8s.Create(ctx, pod, client.DryRunAll); err != nil {
		return false, fmt.Errorf("creating a Pod as a probe: %w", err)
	}
	return pod.Annotations["dualstack.dev/status"] != "", nil
}
