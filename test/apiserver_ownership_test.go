package test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	applyconfigurations "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// testOwnership applies a webhook configuration as Helm and Argo CD do, with
// server-side apply and without force, around bundles that we have put into it:
// nothing of it is ours but the bundles, so nothing is in their way.
func (c *cluster) testOwnership(t *testing.T) {
	const name = "zz-ownership"
	apply := func(webhooks ...string) {
		t.Helper()
		configuration := applyconfigurations.MutatingWebhookConfiguration(name)
		for _, webhook := range webhooks {
			configuration.WithWebhooks(applyconfigurations.MutatingWebhook().WithName(webhook).
				WithSideEffects(admissionregistrationv1.SideEffectClassNone).
				WithAdmissionReviewVersions("v1").
				WithFailurePolicy(admissionregistrationv1.Ignore).
				WithClientConfig(applyconfigurations.WebhookClientConfig().
					WithService(applyconfigurations.ServiceReference().WithNamespace("dualstack-system").WithName("dualstack-webhook"))))
		}
		if err := c.client.Apply(t.Context(), configuration, client.FieldOwner("helm")); err != nil {
			t.Errorf("applying %q: %v", webhooks, err)
		}
	}
	// trusted returns the webhooks that have a bundle.
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{}
	trusted := func() (names []string) {
		if err := c.client.Get(t.Context(), client.ObjectKey{Name: name}, configuration); err != nil {
			t.Fatal(err)
		}
		for _, w := range configuration.Webhooks {
			if len(w.ClientConfig.CABundle) > 0 {
				names = append(names, w.Name)
			}
		}
		return names
	}
	want := func(webhooks ...string) {
		t.Helper()
		apply(webhooks...)
		await(t, "the bundles", func() bool { return cmp.Equal(trusted(), webhooks) })
	}
	apply("one.example.com", "two.example.com")
	c.turn(t, "ownership", name, time.Now())
	want("one.example.com", "two.example.com")
	want("two.example.com")
	want("two.example.com", "three.example.com")
	for _, entry := range configuration.ManagedFields {
		if entry.Manager == "helm" && strings.Contains(entry.FieldsV1.GetRawString(), "f:caBundle") {
			t.Error("the bundle belongs to Helm, want it to be ours")
		}
	}
	if err := c.client.Delete(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
}
