package cluster

import (
	"cmp"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// injectors are what Istio's webhook configurations say. The labels are those of
// its chart, which istioctl tag uses too:
// https://github.com/istio/istio/blob/1.31.0/manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml
type injectors struct {
	revisions []string                // that have one
	tags      map[string]string       // the revisions that they stand for
	once      map[string]mutate.State // by the names of revisions and of tags
}

func newInjectors() injectors {
	return injectors{tags: map[string]string{}, once: map[string]mutate.State{}}
}

// addConfiguration adds what a configuration says. Which of a revision's is the one
// that a Pod is served by, its own or one of a tag, the Pod does not tell: they are
// called once if all of them are.
func (i *injectors) addConfiguration(c *admissionregistrationv1.MutatingWebhookConfiguration) {
	revision := cmp.Or(c.Labels[istioRevision], defaultRevision)
	i.revisions = append(i.revisions, revision)
	names := []string{revision}
	if tag := c.Labels[istioTag]; tag != "" {
		i.tags[tag] = revision
		names = append(names, tag)
	}
	for _, webhook := range c.Webhooks {
		for _, name := range names {
			i.add(name, webhook)
		}
	}
}

// add counts a webhook in. The API server fills in Never where nothing is said.
func (i injectors) add(name string, webhook admissionregistrationv1.MutatingWebhook) {
	policy := webhook.ReinvocationPolicy
	switch {
	case policy != nil && *policy != admissionregistrationv1.NeverReinvocationPolicy:
		i.once[name] = mutate.Disabled
	case i.once[name] == mutate.Unknown:
		i.once[name] = mutate.Enabled
	}
}
