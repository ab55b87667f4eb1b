package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/pages"
)

// injectorNames are how the webhooks of injectors are called; what a chart or a release
// puts before it differs.
//   - https://github.com/istio/istio/blob/1.31.0/manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml
//   - https://github.com/linkerd/linkerd2/blob/edge-26.8.1/charts/linkerd-control-plane/templates/proxy-injector-rbac.yaml
//   - https://github.com/kumahq/kuma/blob/2.14.0/deployments/charts/kuma/templates/cp-webhooks-and-secrets.yaml
//   - https://github.com/hashicorp/consul-k8s/blob/v2.0.3/charts/consul/templates/connect-inject-mutatingwebhookconfiguration.yaml
var injectorNames = []struct{ suffix, mesh string }{
	{"sidecar-injector.istio.io", MeshIstio},
	{"linkerd-proxy-injector.linkerd.io", MeshLinkerd},
	{"kuma-injector.kuma.io", "kuma"},
	{"connect-injector.consul.hashicorp.com", "consul"},
}

// present is the word for an injector that is there.
const present = "present"

// InjectorsOptions are what Injectors need. Registry and all from Interval on may be zero.
type InjectorsOptions struct {
	// Reader reads the API server itself, not a cache. It needs the right to list
	// MutatingWebhookConfigurations.
	Reader client.Reader
	// Registry is where the metrics are registered; nil for nowhere.
	Registry prometheus.Registerer
	Log      *zap.Logger
	// Interval is between two looks; half a minute if zero.
	Interval time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Injectors look at the webhooks of meshes' injectors when they start and from then on.
type Injectors struct {
	poller
	options InjectorsOptions
	kept    kept[[]mutate.Reach]
}

// NewInjectors returns Injectors that know of none yet.
func NewInjectors(o InjectorsOptions) *Injectors {
	i := &Injectors{options: o, kept: keep[[]mutate.Reach](0)}
	i.poller = newPoller(o.Interval, istioInterval, o.Jitter, i.Look)
	if o.Registry != nil {
		o.Registry.MustRegister(
			newAge("dualstack_injectors_read_age_seconds", "Time since the webhooks of injectors were last listed, or since the start if they never could be.", i.kept.age),
			newStateMetric("dualstack_injector", "1 for what is known of each mesh's injector in the cluster: found, absent or unknown.",
				"mesh", []string{present, absent, mutate.Unknown.String()}, i.states),
		)
	}
	return i
}

// Reach returns where the injectors can reach, for [mutate.Facts]. What was seen once counts
// until it is seen to be otherwise: without, a no would become a yes by itself.
func (i *Injectors) Reach() []mutate.Reach {
	if s := i.kept.last.Load(); s != nil {
		return s.found
	}
	return nil
}

// Has reports whether the mesh has an injector in the cluster, as far as is known.
func (i *Injectors) Has(mesh string) bool {
	return slices.ContainsFunc(i.Reach(), func(r mutate.Reach) bool { return r.Mesh == mesh })
}

func (i *Injectors) states() map[string]string {
	states := map[string]string{}
	_, known := i.kept.known()
	for _, name := range injectorNames {
		switch {
		case i.Has(name.mesh):
			states[name.mesh] = present
		case known:
			states[name.mesh] = absent
		default:
			states[name.mesh] = mutate.Unknown.String()
		}
	}
	return states
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (i *Injectors) Ready(*http.Request) error {
	if !i.kept.looked() {
		return errors.New("injectors have not been looked for yet")
	}
	return nil
}

// Look replaces what is known, unless it cannot be read. The error says what is not
// known.
func (i *Injectors) Look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var reach []mutate.Reach
	_, err := pages.Each(ctx, i.options.Reader, &admissionregistrationv1.MutatingWebhookConfigurationList{}, func(c *admissionregistrationv1.MutatingWebhookConfiguration) error {
		reach = append(reach, reachOf(c)...)
		return nil
	})
	if err != nil {
		if i.kept.missed(err) != "" {
			i.options.Log.Warn("looking for injectors failed: meshes count where they were seen, and where labels and annotations name them", zap.Error(err))
		}
		return fmt.Errorf("which namespaces the injectors of meshes can reach is unknown, beyond what labels and annotations say: %w", err)
	}
	i.report(reach)
	i.kept.saw(reach)
	return nil
}

// report logs which meshes have an injector, where that has changed.
func (i *Injectors) report(now []mutate.Reach) {
	for _, name := range injectorNames {
		is := slices.ContainsFunc(now, func(r mutate.Reach) bool { return r.Mesh == name.mesh })
		if is != i.Has(name.mesh) {
			i.options.Log.Info("whether a mesh has an injector in the cluster", zap.String("mesh", name.mesh), zap.Bool("found", is))
		}
	}
}

// reachOf returns where the injectors in a configuration can reach. What its
// objectSelector selects, some Pods may be. A selector that cannot be read may select any
// namespace.
func reachOf(c *admissionregistrationv1.MutatingWebhookConfiguration) []mutate.Reach {
	var reach []mutate.Reach
	for _, webhook := range c.Webhooks {
		mesh := meshOf(webhook.Name)
		if mesh == "" {
			continue
		}
		namespaces := labels.Everything()
		if webhook.NamespaceSelector != nil {
			if selector, err := metav1.LabelSelectorAsSelector(webhook.NamespaceSelector); err == nil {
				namespaces = selector
			}
		}
		injection := mutate.Injection{Mesh: mesh}
		if mesh == MeshIstio {
			injection.Revision = cmp.Or(c.Labels[istioTag], c.Labels[istioRevision], defaultRevision)
		}
		reach = append(reach, mutate.Reach{Injection: injection, Namespaces: namespaces})
	}
	return reach
}

// meshOf returns the mesh whose injector is called so; "" for another webhook.
func meshOf(webhook string) string {
	for _, name := range injectorNames {
		if strings.HasSuffix(webhook, name.suffix) {
			return name.mesh
		}
	}
	return ""
}
