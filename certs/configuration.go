package certs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	applyconfigurations "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fieldOwner owns what we write: the caBundles of our webhooks, and the data of
// our Secret.
const fieldOwner = client.FieldOwner("dualstack-certificates")

// configurations reads and writes the one webhook configuration.
type configurations struct {
	client client.Client
	name   string
	names  []string // by which the API server calls us
}

// read returns what the configuration says about us; it is absent if there is no
// configuration.
func (c configurations) read(ctx context.Context) (live, error) {
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{}
	err := c.client.Get(ctx, client.ObjectKey{Name: c.name}, configuration)
	if apierrors.IsNotFound(err) {
		return live{}, nil
	}
	if err != nil {
		return live{}, fmt.Errorf("reading the webhook configuration %s: %w", c.name, err)
	}
	return readLive(configuration, c.names), nil
}

// merge puts the authorities into the bundle of every caller, and reports whether
// there was anything to do. It can change nothing else and create nothing, and
// the version ties it to what was read.
//
// It is a patch, and no server-side apply: who applies a webhook's bundle also
// owns that the webhook is there, and then nobody else can take the webhook out
// of the configuration, not even the chart that put it there.
func (c configurations) merge(ctx context.Context, l live, a authorities, now time.Time) (changed bool, err error) {
	patch := applyconfigurations.MutatingWebhookConfiguration(c.name).WithResourceVersion(l.resourceVersion)
	for _, caller := range l.callers {
		if bundle, differs := merge(caller.bundle, a.certificates(), now); differs {
			changed = true
			patch.WithWebhooks(applyconfigurations.MutatingWebhook().WithName(caller.webhook).
				WithClientConfig(applyconfigurations.WebhookClientConfig().WithCABundle(bundle...)))
		}
	}
	if !changed {
		return false, nil
	}
	data, err := json.Marshal(patch)
	if err != nil {
		return false, fmt.Errorf("encoding the caBundle: %w", err)
	}
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{}
	configuration.Name = c.name
	if err := c.client.Patch(ctx, configuration, client.RawPatch(types.StrategicMergePatchType, data), fieldOwner); err != nil {
		return false, fmt.Errorf("writing the caBundle of the webhook configuration %s: %w", c.name, err)
	}
	return true, nil
}
