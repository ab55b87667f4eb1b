package cluster

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

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

// Options are what a Watcher needs. Interval and Jitter may be zero.
type Options struct {
	// Reader reads the API server itself, not a cache.
	Reader client.Reader
	// Pods is what PodNetwork says of the process's own Pod.
	Pods    mutate.State
	Metrics *Metrics
	Log     *zap.Logger
	// Interval is between two looks; ten minutes if zero.
	Interval time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Watcher looks at the cluster when it starts and from then on.
type Watcher struct {
	poller
	options Options
	known   atomic.Pointer[known]
}

// known is what has been found out. It is never changed, only replaced.
type known struct {
	services mutate.State
	at       time.Time // of the last read that did not fail
}

// NewWatcher returns a Watcher that knows nothing yet.
func NewWatcher(o Options) *Watcher {
	w := &Watcher{options: o}
	w.poller = newPoller(o.Interval, interval, o.Jitter, w.look)
	o.Metrics.watch(w.age)
	return w
}

// DualStack says whether Services get addresses of both families. Where Pods
// have one, what the Services' ranges say is not enough for a yes: a Service
// would have an address that nothing answers at.
func (w *Watcher) DualStack() mutate.State {
	if w.contradiction() {
		return mutate.Unknown
	}
	return w.services()
}

// Pods says whether Pods have addresses of both families, as far as the process's
// own Pod shows.
func (w *Watcher) Pods() mutate.State { return w.options.Pods }

func (w *Watcher) services() mutate.State {
	if k := w.known.Load(); k != nil {
		return k.services
	}
	return mutate.Unknown
}

// contradiction reports whether Services have both families and Pods have one.
func (w *Watcher) contradiction() bool {
	return w.services() == mutate.Enabled && w.options.Pods == mutate.Disabled
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (w *Watcher) Ready(*http.Request) error {
	if w.known.Load() == nil {
		return errors.New("the cluster has not been looked at yet")
	}
	return nil
}

// look replaces what is known, unless it cannot be read.
func (w *Watcher) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	services, err := readServices(ctx, w.options.Reader)
	before := w.known.Load()
	switch {
	case isAnswer(err):
		w.known.Store(&known{services: services, at: time.Now()})
		w.report(before, err)
	case before == nil:
		w.options.Log.Warn("looking at the cluster failed, so it is unknown", zap.Error(err))
		w.known.Store(&known{})
	default:
		w.options.Log.Warn("looking at the cluster failed, so the last state stays", zap.Error(err), zap.Stringer("services", before.services))
	}
	w.options.Metrics.set(w.services(), w.options.Pods, w.contradiction())
}

// report logs what has changed; at first everything has. The reason is why the
// cluster does not tell; nil if it does.
func (w *Watcher) report(before *known, reason error) {
	if before != nil && !before.at.IsZero() && before.services == w.services() {
		return
	}
	if reason != nil {
		w.options.Log.Warn("the cluster does not tell whether it is dual-stack: unless --cluster-dual-stack says, it is unknown", zap.NamedError("reason", reason))
	}
	w.options.Log.Info("whether the cluster is dual-stack",
		zap.Stringer("services", w.services()), zap.Stringer("pods", w.options.Pods))
	if w.contradiction() {
		w.options.Log.Warn("Services have addresses of both IP families, but this Pod has one: is the pod network dual-stack?")
	}
}

// age is how old what is known is; false if nothing has been read yet.
func (w *Watcher) age() (time.Duration, bool) {
	if k := w.known.Load(); k != nil {
		return since(k.at)
	}
	return 0, false
}
