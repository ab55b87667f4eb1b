package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

const (
	// interval is between two looks at a cluster, which changes rarely.
	interval = 10 * time.Minute
	// readTimeout ends a look that the API server does not answer.
	readTimeout = 10 * time.Second
)

// Options are what a Watcher needs. All but Reader and Log may be zero.
type Options struct {
	// Reader reads the API server itself, not a cache.
	Reader client.Reader
	// Decided is what is known already of Services, and Pods what is of Pods: of
	// the process's own Pod, by PodNetwork, or decided.
	Decided, Pods mutate.State
	// FindPods looks for what Pods is, where that is Unknown; nil for nobody.
	FindPods func(context.Context) (mutate.State, error)
	// Registry is where the metrics are registered; nil for nowhere.
	Registry prometheus.Registerer
	Log      *zap.Logger
	// Interval is between two looks; ten minutes if zero.
	Interval time.Duration
	// UnknownAfter is how long what was found counts; an hour if zero.
	UnknownAfter time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Watcher looks at the cluster when it starts and from then on.
type Watcher struct {
	poller
	options Options
	kept    kept[networks]
	told    *networks // what the log says; only looks read it
}

// networks are those of a cluster.
type networks struct{ services, pods mutate.State }

// NewWatcher returns a Watcher that knows nothing but what was decided.
func NewWatcher(o Options) *Watcher {
	w := &Watcher{options: o, kept: keep[networks](o.UnknownAfter)}
	w.poller = newPoller(o.Interval, interval, o.Jitter, w.Look)
	if o.Registry != nil {
		o.Registry.MustRegister(w.metrics()...)
	}
	return w
}

func (w *Watcher) metrics() []prometheus.Collector {
	contradiction := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "dualstack_cluster_contradiction",
		Help: "1 if Services have addresses of both IP families and Pods have one.",
	}, func() float64 { return one(w.contradiction()) })
	return []prometheus.Collector{
		contradiction,
		newAge("dualstack_cluster_read_age_seconds", "Time since the ServiceCIDR was last read, or since the start if it never was; 0 if it need not be.", w.age),
		newStateMetric(
			"dualstack_cluster_dual_stack", "1 for the state that is known of each network, services and pods: enabled, disabled or unknown.",
			"network", words(), func() map[string]string {
				return map[string]string{"services": w.services().String(), "pods": w.Pods().String()}
			},
		),
	}
}

// DualStack says whether Services get addresses of both families. Where Pods
// have one, what the Services' ranges say is not enough for a yes: a Service
// would have an address that nothing answers at.
func (w *Watcher) DualStack() mutate.State {
	if w.options.Decided == mutate.Unknown && w.contradiction() {
		return mutate.Unknown
	}
	return w.services()
}

// Pods says whether Pods have addresses of both families.
func (w *Watcher) Pods() mutate.State {
	found, _ := w.kept.known()
	return cmp.Or(w.options.Pods, found.pods)
}

func (w *Watcher) services() mutate.State {
	found, _ := w.kept.known()
	return cmp.Or(w.options.Decided, found.services)
}

// contradiction reports whether Services have both families and Pods have one.
func (w *Watcher) contradiction() bool {
	return w.services() == mutate.Enabled && w.Pods() == mutate.Disabled
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (w *Watcher) Ready(*http.Request) error {
	if !w.kept.looked() {
		return errors.New("the cluster has not been looked at yet")
	}
	return nil
}

// Look replaces what is known, unless that cannot be read. The error says what is
// not known, and which setting can say it.
func (w *Watcher) Look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	now, podsErr := w.findPods(ctx)
	if w.options.Decided != mutate.Unknown {
		w.kept.saw(now)
		w.report(nil)
		return podsErr
	}
	var err error
	now.services, err = readServices(ctx, w.options.Reader)
	if err == nil || isAbsent(err) {
		w.kept.saw(now)
	} else if consequence := w.kept.missed(err); consequence != "" {
		w.options.Log.Warn("looking at the cluster failed, "+consequence, zap.Error(err), zap.Stringer("services", w.services()))
	}
	w.report(err)
	if err == nil && w.contradiction() {
		err = errContradiction
	}
	if err != nil {
		err = fmt.Errorf("whether the cluster is dual-stack is unknown, unless the setting cluster.dualStack says: %w", err)
	}
	return errors.Join(err, podsErr)
}

// errContradiction is why a cluster that tells is unknown all the same.
var errContradiction = errors.New("its Services have addresses of both IP families, and the webhook's own Pods have one")

func (w *Watcher) findPods(ctx context.Context) (networks, error) {
	if w.options.FindPods == nil || w.options.Pods != mutate.Unknown {
		return networks{}, nil
	}
	found, err := w.options.FindPods(ctx)
	if err != nil {
		err = fmt.Errorf("whether Pods have addresses of both IP families is unknown, unless the setting cluster.podsDualStack says: %w", err)
	}
	return networks{pods: found}, err
}

// report logs what has changed; at first everything has. The reason is why the
// cluster does not tell; nil if it does.
func (w *Watcher) report(reason error) {
	now := networks{w.services(), w.Pods()}
	if w.told != nil && *w.told == now {
		return
	}
	w.told = &now
	if reason != nil && isAbsent(reason) {
		w.options.Log.Warn("the cluster does not tell whether it is dual-stack: unless --cluster-dual-stack says, it is unknown", zap.NamedError("reason", reason))
	}
	w.options.Log.Info("whether the cluster is dual-stack", zap.Stringer("services", now.services), zap.Stringer("pods", now.pods))
	if w.contradiction() {
		w.options.Log.Warn("Services have addresses of both IP families, but this Pod has one: is the pod network dual-stack?")
	}
}

// age is how old what is known is. What was decided does not age.
func (w *Watcher) age() time.Duration {
	if w.options.Decided != mutate.Unknown {
		return 0
	}
	return w.kept.age()
}
