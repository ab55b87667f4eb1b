package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// A namespace that was just created may reach the API server's own webhook
// selector before it reaches us, so it is waited for a moment: kubectl apply
// sends a Namespace and its Services in one go.
const (
	newNamespaceWait = 250 * time.Millisecond
	newNamespacePoll = 5 * time.Millisecond
)

// namespacesUnknownAfter is how long what is known of namespaces counts after the watch
// was last alive. A mesh may have come since, so they count as if they might be meshed.
const namespacesUnknownAfter = time.Hour

// Namespaces knows the settings of the namespaces that opted in, from an
// informer over their metadata. Nothing else is cached.
type Namespaces struct {
	defaults mutate.Policy
	facts    func() mutate.Facts
	reader   client.Reader
	informer cache.Informer
	pulse    *pulse
}

// NamespaceCache configures the cache for NewNamespaces: the metadata of
// namespaces with the label, without what nobody reads.
func NamespaceCache() (cache.Options, error) {
	optedIn, err := labels.NewRequirement(mutate.KeyMode, selection.Exists, nil)
	if err != nil {
		return cache.Options{}, fmt.Errorf("selecting namespaces: %w", err)
	}
	return cache.Options{
		ReaderFailOnMissingInformer: true,
		DefaultTransform:            cache.TransformStripManagedFields(),
		NewInformer:                 newBeatingInformer,
		ByObject: map[client.Object]cache.ByObject{
			namespaceMetadata(): {
				Label: labels.NewSelector().Add(*optedIn),
				// Readers change nothing, so they need no copy.
				UnsafeDisableDeepCopy: new(true),
			},
		},
	}, nil
}

// NewNamespaces starts the informer when c starts. Defaults are the policy of a
// namespace that sets nothing, but for its facts: those are what facts returns
// when a policy is asked for. It is in the path of a request, so it must not
// wait.
func NewNamespaces(ctx context.Context, c cache.Cache, defaults mutate.Policy, facts func() mutate.Facts) (*Namespaces, error) {
	informer, err := c.GetInformer(ctx, namespaceMetadata(), cache.BlockUntilSynced(false))
	if err != nil {
		return nil, fmt.Errorf("watching namespaces: %w", err)
	}
	pulse, err := pulseOf(informer)
	if err != nil {
		return nil, fmt.Errorf("watching namespaces: %w", err)
	}
	return &Namespaces{defaults: defaults, facts: facts, reader: c, informer: informer, pulse: pulse}, nil
}

// Metric returns the age of what is known of namespaces.
func (n *Namespaces) Metric() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "dualstack_namespaces_age_seconds",
		Help: "Time since the watch on namespaces was last known to be alive, or since the start if it never was; below about two minutes if it is.",
	}, func() float64 { return n.pulse.age().Seconds() })
}

// Policy returns the policy of the namespace. One that does not arrive within
// 250 ms has the defaults, and an unknown membership: it may be meshed, so its
// Services are left alone. So may all, once the watch has been dead for an hour.
func (n *Namespaces) Policy(ctx context.Context, name string) mutate.Policy {
	namespace := namespaceMetadata()
	key := client.ObjectKey{Name: name}
	err := n.reader.Get(ctx, key, namespace)
	if err != nil {
		err = wait.PollUntilContextTimeout(ctx, newNamespacePoll, newNamespaceWait, false, func(ctx context.Context) (bool, error) {
			return n.reader.Get(ctx, key, namespace) == nil, nil
		})
	}
	if err != nil {
		policy := n.policy()
		policy.Membership = mutate.Membership{Unknown: true}
		return policy
	}
	policy := n.policy().WithNamespace(namespace.Labels, namespace.Annotations)
	if n.pulse.age() > namespacesUnknownAfter {
		policy.Membership = mutate.Membership{Unknown: true}
	}
	return policy
}

// policy returns the defaults with what is known about the cluster now.
func (n *Namespaces) policy() mutate.Policy {
	policy := n.defaults
	policy.Facts = n.facts()
	return policy
}

// Ready is a readiness check: nil once the namespaces are known.
func (n *Namespaces) Ready(*http.Request) error {
	if !n.informer.HasSynced() {
		return errors.New("namespaces are not known yet")
	}
	return nil
}

func namespaceMetadata() *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}}
}
