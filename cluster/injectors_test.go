package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

var (
	never = new(admissionregistrationv1.NeverReinvocationPolicy)
	again = new(admissionregistrationv1.IfNeededReinvocationPolicy)
)

// injector returns a configuration like that of Istio's chart, of a tag if it is
// not empty, with webhooks of these policies; one that is called once if there are
// none.
func injector(revision, tag string, policies ...*admissionregistrationv1.ReinvocationPolicyType) admissionregistrationv1.MutatingWebhookConfiguration {
	var c admissionregistrationv1.MutatingWebhookConfiguration
	c.Labels = map[string]string{"istio.io/rev": revision}
	if tag != "" {
		c.Labels["istio.io/tag"] = tag
	}
	if policies == nil {
		policies = append(policies, never)
	}
	for _, policy := range policies {
		c.Webhooks = append(c.Webhooks, admissionregistrationv1.MutatingWebhook{ReinvocationPolicy: policy})
	}
	return c
}

func TestInjectors(t *testing.T) {
	empty := injector("default", "")
	empty.Webhooks = nil
	type configurations []admissionregistrationv1.MutatingWebhookConfiguration
	for _, tc := range []struct {
		name string
		in   configurations
		want states
	}{
		{"None", nil, states{}},
		{"Policy:Never", configurations{injector("default", "", never)}, states{"default": mutate.Enabled}},
		{"Policy:IfNeeded", configurations{injector("default", "", again)}, states{"default": mutate.Disabled}},
		{"Policy:absent", configurations{injector("default", "", nil)}, states{"default": mutate.Enabled}},
		{"Policy:not-known", configurations{injector("default", "", new(admissionregistrationv1.ReinvocationPolicyType("Always")))}, states{"default": mutate.Disabled}},
		{"Webhooks:one-of-two", configurations{injector("default", "", again, never)}, states{"default": mutate.Disabled}},
		{"Webhooks:none", configurations{empty}, states{}},
		{"Revisions:two", configurations{injector("default", "", again), injector("canary", "")}, states{"default": mutate.Disabled, "canary": mutate.Enabled}},
		{"Tag:IfNeeded_Revision:Never", configurations{injector("canary", ""), injector("canary", "prod", again)}, states{"canary": mutate.Disabled, "prod": mutate.Disabled}},
		{"Tag:Never_Revision:IfNeeded", configurations{injector("canary", "", again), injector("canary", "prod")}, states{"canary": mutate.Disabled, "prod": mutate.Enabled}},
		{"Tag:called-like-a-revision", configurations{injector("canary", "default"), injector("default", "", again)}, states{"canary": mutate.Enabled, "default": mutate.Disabled}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := newInjectors()
			for _, c := range tc.in {
				got.addConfiguration(&c)
			}
			if diff := cmp.Diff(tc.want, got.once); diff != "" {
				t.Errorf("which are called once (-want +got):\n%s", diff)
			}
		})
	}
}
