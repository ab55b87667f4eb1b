package cluster

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// istioInterval is between two looks at istiod: people change it and go on to
// restart their workloads.
const istioInterval = 30 * time.Second

// IstioOptions are what an Istio needs. Interval, Jitter and what is decided may be
// zero.
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
	Metrics *IstioMetrics
	Log     *zap.Logger
	// Interval is between two looks; half a minute if zero.
	Interval time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Istio looks at istiod's Deployments, and at its injectors, when it starts and
// from then on.
type Istio struct {
	poller
	options IstioOptions
	known   atomic.Pointer[knownIstio]
}

// knownIstio is what has been found out. It is never changed, only replaced.
type knownIstio struct {
	revisions map[string]mutate.State // that were found
	once      map[string]mutate.State // the injectors that were found
	meshes    map[string]mutate.Mesh
	at        time.Time // of the last read that did not fail
}

// NewIstio returns an Istio that knows nothing yet.
func NewIstio(o IstioOptions) *Istio {
	i := &Istio{options: o}
	i.poller = newPoller(o.Interval, istioInterval, o.Jitter, i.look)
	o.Metrics.watch(i.age)
	return i
}

// Meshes returns what is known about Istio, for [mutate.Facts]. The map is never
// changed.
func (i *Istio) Meshes() map[string]mutate.Mesh {
	if k := i.known.Load(); k != nil {
		return k.meshes
	}
	return nil
}

func (i *Istio) revisions() map[string]mutate.State {
	if k := i.known.Load(); k != nil {
		return k.revisions
	}
	return nil
}

// know replaces what is known. A tag is what its revision is, unless it is
// decided too.
func (i *Istio) know(revisions map[string]mutate.State, found injectors, at time.Time) {
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
	i.known.Store(&knownIstio{revisions: revisions, once: found.once, meshes: map[string]mutate.Mesh{"istio": mesh}, at: at})
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (i *Istio) Ready(*http.Request) error {
	if i.known.Load() == nil {
		return errors.New("istiod has not been looked for yet")
	}
	return nil
}

// look replaces what is known, unless it cannot be read.
func (i *Istio) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	deployments, found, err := i.read(ctx)
	before := i.known.Load()
	switch {
	case isAnswer(err):
		i.know(i.judge(deployments), found, time.Now())
		i.report(before, err)
	case before == nil:
		i.options.Log.Warn("looking for istiod failed, so it is unknown", zap.Error(err))
		i.know(nil, injectors{}, time.Time{})
	default:
		i.options.Log.Warn("looking for istiod failed, so the last state stays", zap.Error(err))
	}
	i.options.Metrics.set(i.revisions())
}

// read returns istiod's Deployments, and what its injectors say. On an error it
// returns neither: who knows one without the other may take a tag for a revision.
func (i *Istio) read(ctx context.Context) ([]appsv1.Deployment, injectors, error) {
	var deployments appsv1.DeploymentList
	if i.options.Decided.DualStack == mutate.Unknown {
		err := i.options.Reader.List(ctx, &deployments, client.InNamespace(i.options.Namespace), client.MatchingLabelsSelector{Selector: i.options.Selector})
		if err != nil {
			return nil, injectors{}, err
		}
	}
	var configurations admissionregistrationv1.MutatingWebhookConfigurationList
	if err := i.options.Reader.List(ctx, &configurations, client.HasLabels{istioRevision}); err != nil {
		return nil, injectors{}, err
	}
	return deployments.Items, readInjectors(configurations.Items), nil
}

// judge returns the state of each revision. Of two Deployments of one revision
// it is not known which one injects a Pod, so both have to be dual-stack.
func (i *Istio) judge(deployments []appsv1.Deployment) map[string]mutate.State {
	before := i.revisions()
	revisions := map[string]mutate.State{}
	for _, d := range deployments {
		found := readIstiod(&d)
		state, reason := found.state(before[found.revision])
		if other, ok := revisions[found.revision]; ok && other != state {
			state, reason = mutate.Unknown, "another istiod of this revision differs"
		}
		revisions[found.revision] = state
		if before[found.revision] != state || i.known.Load() == nil {
			i.options.Log.Info("whether istiod is dual-stack", zap.String("revision", found.revision),
				zap.String("deployment", d.Namespace+"/"+d.Name), zap.Stringer("dualStack", state), zap.String("reason", reason))
		}
	}
	return revisions
}

// report logs what has changed about injectors, and about finding istiod at all.
func (i *Istio) report(before *knownIstio, reason error) {
	for name, state := range i.known.Load().once {
		if before == nil || before.once[name] != state {
			i.options.Log.Info("whether Istio's injector is called once for a Pod", zap.String("revision", name), zap.Bool("once", state == mutate.Enabled))
		}
	}
	found := len(i.revisions()) > 0
	if before != nil && !before.at.IsZero() && found == (len(before.revisions) > 0) {
		return
	}
	switch {
	case reason != nil:
		i.options.Log.Warn("Istio may not be looked at: what --istio-dual-stack and --istio-reinvocation-policy do not say is unknown", zap.NamedError("reason", reason))
	case !found && i.options.Decided.DualStack == mutate.Unknown:
		i.options.Log.Info("no istiod is found: unless --istio-dual-stack says, it is unknown",
			zap.String("namespace", i.options.Namespace), zap.Stringer("selector", i.options.Selector))
	}
}

// age is how old what is known is; false if nothing has been read yet.
func (i *Istio) age() (time.Duration, bool) {
	if k := i.known.Load(); k != nil {
		return since(k.at)
	}
	return 0, false
}
