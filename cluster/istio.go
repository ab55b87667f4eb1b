package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/pages"
)

// istioInterval is between two looks at istiod: people change it and go on to
// restart their workloads.
const istioInterval = 30 * time.Second

// IstioOptions are what an Istio needs. What is decided, Registry and all from Interval
// on may be zero.
type IstioOptions struct {
	// Reader reads the API server itself, not a cache. It needs the rights to list
	// Deployments in Namespace, and MutatingWebhookConfigurations.
	Reader client.Reader
	// Namespace is that of istiod; "" for all namespaces.
	Namespace string
	// Selector is that of istiod's Deployments.
	Selector labels.Selector
	// Decided is what is known already: it counts, whatever is found. Where it says
	// whether istiod is dual-stack, Deployments are not read.
	Decided mutate.Mesh
	// Registry is where the metrics are registered; nil for nowhere.
	Registry prometheus.Registerer
	Log      *zap.Logger
	// Interval is between two looks; half a minute if zero.
	Interval time.Duration
	// UnknownAfter is how long what was found counts; an hour if zero.
	UnknownAfter time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Istio looks at istiod's Deployments, and at its injectors, when it starts and
// from then on.
type Istio struct {
	poller
	options IstioOptions
	kept    kept[foundIstio]
	// decided is what is known without a look.
	decided mutate.Mesh
	told    *foundIstio // what the log says; only looks read it
}

// foundIstio is what has been found out. It is never changed.
type foundIstio struct {
	revisions map[string]mutate.State // that were found
	injectors
	// expected are the names of revisions that are found, were, or have an
	// injector.
	expected []string
	mesh     mutate.Mesh // with what is decided
}

// NewIstio returns an Istio that knows nothing but what was decided.
func NewIstio(o IstioOptions) *Istio {
	i := &Istio{options: o, kept: keep[foundIstio](o.UnknownAfter)}
	i.decided = i.mesh(nil, injectors{})
	i.poller = newPoller(o.Interval, istioInterval, o.Jitter, i.Look)
	if o.Registry != nil {
		o.Registry.MustRegister(
			newAge("dualstack_istiod_read_age_seconds", "Time since istiod and its injectors were last read, or since the start if they never were; 0 if they need not be.", i.age),
			newStateMetric("dualstack_istiod_dual_stack", "1 for the state that is known of each revision of istiod: enabled, disabled, unknown, or absent where there is no trace of one.",
				"revision", words(absent), i.states),
		)
	}
	return i
}

// Mesh returns what is known about Istio, for [mutate.Facts]. Its maps are never
// changed.
func (i *Istio) Mesh() mutate.Mesh {
	if found, ok := i.kept.known(); ok {
		return found.mesh
	}
	return i.decided
}

// states returns the state of each revision that there is reason to ask about, in
// words. There is always one: the default.
func (i *Istio) states() map[string]string {
	found, known := i.kept.known()
	mesh := i.Mesh()
	states := map[string]string{}
	for _, revision := range append(i.expected(), slices.Collect(maps.Keys(i.options.Decided.Revisions))...) {
		states[revision] = mesh.OfRevision(revision).String()
	}
	switch {
	case len(states) > 0:
	case known && found.mesh.OfRevision(defaultRevision) == mutate.Unknown:
		states[defaultRevision] = absent
	default:
		states[defaultRevision] = mesh.OfRevision(defaultRevision).String()
	}
	return states
}

// expected returns the names of revisions that were found at whatever time.
func (i *Istio) expected() []string {
	if s := i.kept.last.Load(); s != nil {
		return slices.Clone(s.found.expected)
	}
	return nil
}

// mesh returns what is found, and what was decided, which beats it. A tag is what its
// revision is, unless it is decided too.
func (i *Istio) mesh(revisions map[string]mutate.State, found injectors) mutate.Mesh {
	decided := i.options.Decided
	mesh := mutate.Mesh{DualStack: decided.DualStack, InjectsOnce: decided.InjectsOnce, Revisions: map[string]mutate.State{}, Tags: map[string]mutate.State{}}
	maps.Copy(mesh.Revisions, revisions)
	maps.Copy(mesh.Revisions, decided.Revisions)
	for tag, revision := range found.tags {
		if _, ok := decided.Revisions[tag]; !ok {
			mesh.Tags[tag] = mesh.OfRevision(revision)
		}
	}
	if decided.InjectsOnce == mutate.Unknown {
		mesh.Injectors = found.once
	}
	return mesh
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (i *Istio) Ready(*http.Request) error {
	if !i.kept.looked() {
		return errors.New("istiod has not been looked for yet")
	}
	return nil
}

// Look replaces what is known, unless it cannot be read. The error says what is not
// known, and which settings can say it.
func (i *Istio) Look(ctx context.Context) error {
	if i.isDecided() {
		i.kept.saw(foundIstio{mesh: i.decided})
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	deployments, found, err := i.read(ctx)
	if err != nil {
		if consequence := i.kept.missed(err); consequence != "" {
			i.options.Log.Warn("looking for istiod failed, "+consequence, zap.Error(err))
		}
		return fmt.Errorf("what istiod and its injectors are is unknown, unless the settings istio.dualStack and istio.reinvocationPolicy say: %w", err)
	}
	now := foundIstio{revisions: i.judge(deployments), injectors: found}
	now.mesh = i.mesh(now.revisions, found)
	now.expected = slices.Compact(slices.Sorted(slices.Values(slices.Concat(
		i.expected(), slices.Collect(maps.Keys(now.revisions)), found.revisions,
	))))
	i.kept.saw(now)
	i.report(now)
	return nil
}

// isDecided reports whether there is nothing to look for.
func (i *Istio) isDecided() bool {
	return i.options.Decided.DualStack != mutate.Unknown && i.options.Decided.InjectsOnce != mutate.Unknown
}

// read returns istiod's Deployments, and what its injectors say. On an error it
// returns neither: who knows one without the other may take a tag for a revision.
func (i *Istio) read(ctx context.Context) ([]*appsv1.Deployment, injectors, error) {
	var deployments []*appsv1.Deployment
	if i.options.Decided.DualStack == mutate.Unknown {
		var err error
		deployments, err = readDeployments(ctx, i.options.Reader, client.InNamespace(i.options.Namespace), client.MatchingLabelsSelector{Selector: i.options.Selector})
		if err != nil {
			return nil, injectors{}, err
		}
	}
	found := newInjectors()
	_, err := pages.Each(ctx, i.options.Reader, &admissionregistrationv1.MutatingWebhookConfigurationList{}, func(c *admissionregistrationv1.MutatingWebhookConfiguration) error {
		found.addConfiguration(c)
		return nil
	}, client.HasLabels{istioRevision})
	return deployments, found, err
}

// readDeployments returns the Deployments of a control plane.
func readDeployments(ctx context.Context, reader client.Reader, options ...client.ListOption) (found []*appsv1.Deployment, err error) {
	_, err = pages.Each(ctx, reader, &appsv1.DeploymentList{}, func(d *appsv1.Deployment) error {
		found = append(found, d)
		return nil
	}, options...)
	return found, err
}

// judge returns the state of each revision. Of two Deployments of one revision
// it is not known which one injects a Pod, so both have to be dual-stack.
func (i *Istio) judge(deployments []*appsv1.Deployment) map[string]mutate.State {
	known, _ := i.kept.known()
	before := known.revisions
	revisions := map[string]mutate.State{}
	for _, d := range deployments {
		found := readIstiod(d)
		state, reason := found.state(before[found.revision])
		if other, ok := revisions[found.revision]; ok && other != state {
			state, reason = mutate.Unknown, "another istiod of this revision differs"
		}
		revisions[found.revision] = state
		if before[found.revision] != state || i.told == nil {
			i.options.Log.Info("whether istiod is dual-stack", zap.String("revision", found.revision),
				zap.String("deployment", d.Namespace+"/"+d.Name), zap.Stringer("dualStack", state), zap.String("reason", reason))
		}
	}
	return revisions
}

// report logs what has changed about injectors, and which istiod is not there.
func (i *Istio) report(now foundIstio) {
	var told foundIstio
	if i.told != nil {
		told = *i.told
	}
	for name, state := range now.once {
		if told.once[name] != state {
			i.options.Log.Info("whether Istio's injector is called once for a Pod", zap.String("revision", name), zap.Bool("once", state == mutate.Enabled))
		}
	}
	if i.options.Decided.DualStack == mutate.Unknown {
		i.reportLost(told, now)
		if len(now.expected) == 0 && i.told == nil {
			i.options.Log.Info("no istiod is found: unless --istio-dual-stack says, it is unknown",
				zap.String("namespace", i.options.Namespace), zap.Stringer("selector", i.options.Selector))
		}
	}
	i.told = &now
}

// reportLost logs each revision that there should be, and is not any more.
func (i *Istio) reportLost(told, now foundIstio) {
	for _, revision := range now.expected {
		_, found := now.revisions[revision]
		_, was := told.revisions[revision]
		_, decided := i.options.Decided.Revisions[revision]
		if !found && !decided && (was || !slices.Contains(told.expected, revision)) {
			i.options.Log.Warn("an istiod of this revision was there, or its injector is, and it is not found: unless --istio-revisions says, it is unknown",
				zap.String("revision", revision), zap.String("namespace", i.options.Namespace), zap.Stringer("selector", i.options.Selector))
		}
	}
}

// age is how old what is known is. What was decided does not age.
func (i *Istio) age() time.Duration {
	if i.isDecided() {
		return 0
	}
	return i.kept.age()
}
