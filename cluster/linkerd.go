package cluster

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// linkerdInterval is between two looks at Linkerd's control plane, as with istiod.
const linkerdInterval = istioInterval

// LinkerdOptions are what a Linkerd needs. Interval and Jitter may be zero.
type LinkerdOptions struct {
	// Reader reads the API server itself, not a cache. It needs the right to list
	// Deployments in Namespace.
	Reader client.Reader
	// Namespace is that of the control plane; "" for all namespaces.
	Namespace string
	Metrics   *LinkerdMetrics
	Log       *zap.Logger
	// Interval is between two looks; half a minute if zero.
	Interval time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Linkerd looks at Linkerd's control plane when it starts and from then on.
type Linkerd struct {
	poller
	options LinkerdOptions
	known   atomic.Pointer[knownLinkerd]
}

// knownLinkerd is what has been found out. It is never changed, only replaced.
type knownLinkerd struct {
	dualStack mutate.State
	reason    string // why it is not enabled
	found     bool
	at        time.Time // of the last read that did not fail
}

// NewLinkerd returns a Linkerd that knows nothing yet.
func NewLinkerd(o LinkerdOptions) *Linkerd {
	l := &Linkerd{options: o}
	l.poller = newPoller(o.Interval, linkerdInterval, o.Jitter, l.look)
	o.Metrics.watch(l.age)
	return l
}

// DualStack says whether the control plane has IPv6 on.
func (l *Linkerd) DualStack() mutate.State {
	if k := l.known.Load(); k != nil {
		return k.dualStack
	}
	return mutate.Unknown
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (l *Linkerd) Ready(*http.Request) error {
	if l.known.Load() == nil {
		return errors.New("the control plane of Linkerd has not been looked for yet")
	}
	return nil
}

// look replaces what is known, unless it cannot be read.
func (l *Linkerd) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var deployments appsv1.DeploymentList
	err := l.options.Reader.List(ctx, &deployments, client.InNamespace(l.options.Namespace), client.MatchingLabels{linkerdComponent: linkerdDestination})
	before := l.known.Load()
	switch {
	case isAnswer(err):
		now := l.judge(deployments.Items)
		l.known.Store(&now)
		l.report(before, err)
	case before == nil:
		l.options.Log.Warn("looking for Linkerd failed, so it is unknown", zap.Error(err))
		l.known.Store(&knownLinkerd{})
	default:
		l.options.Log.Warn("looking for Linkerd failed, so the last state stays", zap.Error(err))
	}
	l.options.Metrics.set(*l.known.Load())
}

// judge returns what the Deployments say. A cluster has one control plane; of
// several all have to have IPv6 on.
func (l *Linkerd) judge(deployments []appsv1.Deployment) knownLinkerd {
	now := knownLinkerd{found: len(deployments) > 0, at: time.Now()}
	for i, d := range deployments {
		state, reason := readDestination(&d).state(l.DualStack())
		switch {
		case i == 0:
			now.dualStack, now.reason = state, reason
		case state != now.dualStack:
			now.dualStack, now.reason = mutate.Unknown, "another control plane differs"
		}
	}
	return now
}

// report logs what has changed; at first everything has. A cluster without Linkerd
// is the usual case, and no news.
func (l *Linkerd) report(before *knownLinkerd, forbidden error) {
	now := l.known.Load()
	switch first := before == nil || before.at.IsZero(); {
	case forbidden != nil && first:
		l.options.Log.Warn("Linkerd may not be looked for: unless --linkerd-dual-stack says, it is unknown", zap.NamedError("reason", forbidden))
	case now.found && (first || !before.found || before.dualStack != now.dualStack) || !first && now.found != before.found:
		l.options.Log.Info("whether Linkerd has IPv6 on", zap.Bool("found", now.found),
			zap.Stringer("dualStack", now.dualStack), zap.String("reason", now.reason))
	}
}

// age is how old what is known is; false if nothing has been read yet.
func (l *Linkerd) age() (time.Duration, bool) {
	if k := l.known.Load(); k != nil {
		return since(k.at)
	}
	return 0, false
}
