package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
)

// How the chart calls what it installs:
// charts/dualstack-webhook/templates/_helpers.tpl and configmap.yaml.
const (
	installedConfiguration = "zz-dualstack-webhook"
	installedServices      = "services-apply.webhook.dualstack.dev"
	installedFile          = "config.yaml"
)

// installation is the webhook as it runs in the cluster.
type installation struct {
	// policy is that of a namespace that sets nothing.
	policy mutate.Policy
	facts  *cluster.Facts
	// called selects the namespaces whose Services come to the webhook to be
	// changed; every namespace if that is not known.
	called labels.Selector
}

// readInstallation returns how the webhook decides: by the settings of its own
// configuration file, and by what is known about the cluster. What cannot be read
// is said, and then the defaults hold, or it is unknown.
func (l *live) readInstallation(ctx context.Context) (*installation, error) {
	configuration, err := l.webhookConfiguration(ctx)
	if err != nil {
		l.say("the webhook configuration %s cannot be read: %v", installedConfiguration, err)
	}
	s, err := l.installedSettings(ctx, configuration)
	if err != nil {
		return nil, err
	}
	policy, err := s.policy()
	if err != nil {
		return nil, err
	}
	facts, err := l.readFacts(ctx, s, policy.Facts, serviceOf(configuration))
	if err != nil {
		return nil, err
	}
	policy.Facts = facts.Now()
	return &installation{policy: policy, facts: facts, called: calledFor(configuration)}, ctx.Err()
}

// refresh has the policy hold what is known about the cluster now. What cannot be read
// again does not count any more.
func (i *installation) refresh(ctx context.Context) {
	_ = i.facts.Refresh(ctx, factsRefreshed) // The decision says what is unknown.
	i.policy.Facts = i.facts.Now()
}

// webhookConfiguration returns the one that the chart installs.
func (l *live) webhookConfiguration(ctx context.Context) (*admissionregistrationv1.MutatingWebhookConfiguration, error) {
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{}
	return configuration, l.client.Get(ctx, client.ObjectKey{Name: installedConfiguration}, configuration)
}

// calledFor returns the selector of the webhook that changes Services. Beside the
// label it has the namespaces that the installation leaves out.
func calledFor(configuration *admissionregistrationv1.MutatingWebhookConfiguration) labels.Selector {
	for _, w := range configuration.Webhooks {
		if w.Name != installedServices {
			continue
		}
		// The API server has accepted it; what it would not is no namespace.
		selector, err := metav1.LabelSelectorAsSelector(w.NamespaceSelector)
		if err != nil {
			return labels.Nothing()
		}
		return selector
	}
	return labels.Everything()
}

// installedSettings returns the settings of dualstack serve as the file of
// --config has them, or that of the installation; the defaults if there is none.
func (l *live) installedSettings(ctx context.Context, configuration *admissionregistrationv1.MutatingWebhookConfiguration) (*settings, error) {
	s := &settings{}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.add(flags)
	file, data, err := l.configuration(ctx, configuration)
	if err != nil || data == nil {
		return s, err
	}
	if err := loadFile(flags, file, data, nil); err != nil {
		return nil, errors.Join(err, errors.New("is this program of the version that runs in the cluster? --config FILE names a file in place of that one"))
	}
	return s, s.factSettings.validate()
}

// configuration returns a configuration file and what to call it; none if there
// is none that may be read.
func (l *live) configuration(ctx context.Context, configuration *admissionregistrationv1.MutatingWebhookConfiguration) (string, []byte, error) {
	if l.config != "" {
		data, err := os.ReadFile(l.config)
		if err != nil {
			return "", nil, fmt.Errorf("reading the configuration file: %w", err)
		}
		return l.config, data, nil
	}
	name := serviceOf(configuration)
	if name.Name == "" {
		l.say("the webhook's settings are not known, so the defaults hold; --config FILE names others")
		return "", nil, nil
	}
	var installed corev1.ConfigMap
	if err := l.client.Get(ctx, name, &installed); err != nil {
		l.say("the ConfigMap %s with the webhook's settings cannot be read, so the defaults hold; --config FILE names others: %v", name, err)
		return "", nil, nil
	}
	return "configmap " + name.String() + ": " + installedFile, []byte(installed.Data[installedFile]), nil
}

// serviceOf returns the name of the Service that the configuration calls, which is that
// of the ConfigMap too; no name if there is none.
func serviceOf(configuration *admissionregistrationv1.MutatingWebhookConfiguration) client.ObjectKey {
	for _, w := range configuration.Webhooks {
		if service := w.ClientConfig.Service; service != nil {
			return client.ObjectKey{Namespace: service.Namespace, Name: service.Name}
		}
	}
	return client.ObjectKey{}
}

// How old facts may be when something is changed: from then on they are looked for
// again, and at last they do not count.
const (
	factsRefreshed = 20 * time.Second
	factsUnknown   = 30 * time.Second
)

// readFacts returns what is known about the cluster: what was decided, and where
// nobody did, what is found out. The webhook is the Service of the one installed.
func (l *live) readFacts(ctx context.Context, s *settings, decided mutate.Facts, webhook client.ObjectKey) (*cluster.Facts, error) {
	options, err := s.options(decided)
	if err != nil {
		return nil, err
	}
	options.Reader, options.UnknownAfter = l.client, factsUnknown
	options.FindPods = func(ctx context.Context) (mutate.State, error) {
		return cluster.FindPods(ctx, l.client, cluster.PodPlaces{Webhook: webhook, Namespace: l.namespace})
	}
	facts := cluster.NewFacts(options)
	if err := facts.Refresh(ctx, factsRefreshed); err != nil {
		for line := range strings.Lines(err.Error()) {
			l.say("%s", strings.TrimSuffix(line, "\n"))
		}
	}
	return facts, nil
}
