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
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// linkerdInterval is between two looks at Linkerd's control plane, as with istiod.
const linkerdInterval = istioInterval

// LinkerdOptions are what a Linkerd needs. Decided, Injected, Registry and all from
// Interval on may be zero.
type LinkerdOptions struct {
	// Reader reads the API server itself, not a cache. It needs the right to list
	// Deployments in Namespace.
	Reader client.Reader
	// Namespace is that of the control plane; "" for all namespaces.
	Namespace string
	// Decided is what is known already; then Deployments are not read.
	Decided mutate.State
	// Injected reports whether its injector is in the cluster; nil if nobody looks.
	Injected func() bool
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

// Linkerd looks at Linkerd's control plane when it starts and from then on.
type Linkerd struct {
	poller
	options LinkerdOptions
	kept    kept[foundLinkerd]
	told    foundLinkerd // what the log says; only looks read it
}

// foundLinkerd is what has been found out. It is never changed, only replaced.
type foundLinkerd struct {
	dualStack mutate.State
	reason    string // why it is not enabled
	found     bool
	// expected says that there is a control plane, or was.
	expected bool
}

// NewLinkerd returns a Linkerd that knows nothing but what was decided.
func NewLinkerd(o LinkerdOptions) *Linkerd {
	l := &Linkerd{options: o, kept: keep[foundLinkerd](o.UnknownAfter)}
	l.poller = newPoller(o.Interval, linkerdInterval, o.Jitter, l.Look)
	if o.Registry != nil {
		o.Registry.MustRegister(
			newAge("dualstack_linkerd_read_age_seconds", "Time since Linkerd's control plane was last looked for, or since the start if it never could be; 0 if it need not be.", l.age),
			newStateMetric("dualstack_linkerd_dual_stack", "1 for the state that is known of Linkerd's control plane: enabled, disabled, unknown, or absent where there is no trace of one.",
				"", words(absent), func() map[string]string { return map[string]string{"": l.state()} }),
		)
	}
	return l
}

// DualStack says whether the control plane has IPv6 on.
func (l *Linkerd) DualStack() mutate.State {
	found, _ := l.kept.known()
	return cmp.Or(l.options.Decided, found.dualStack)
}

// state returns it in words.
func (l *Linkerd) state() string {
	found, ok := l.kept.known()
	injected := l.options.Injected != nil && l.options.Injected()
	if ok && !found.expected && !injected && l.options.Decided == mutate.Unknown {
		return absent
	}
	return l.DualStack().String()
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (l *Linkerd) Ready(*http.Request) error {
	if !l.kept.looked() {
		return errors.New("the control plane of Linkerd has not been looked for yet")
	}
	return nil
}

// Look replaces what is known, unless it cannot be read. The error says what is not
// known, and which setting can say it.
func (l *Linkerd) Look(ctx context.Context) error {
	if l.options.Decided != mutate.Unknown {
		l.kept.saw(foundLinkerd{})
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	deployments, err := readDeployments(ctx, l.options.Reader, client.InNamespace(l.options.Namespace), client.MatchingLabels{linkerdComponent: linkerdDestination})
	if err != nil {
		if consequence := l.kept.missed(err); consequence != "" {
			l.options.Log.Warn("looking for Linkerd failed, "+consequence, zap.Error(err))
		}
		return fmt.Errorf("whether Linkerd has IPv6 on is unknown, unless the setting linkerd.dualStack says: %w", err)
	}
	now := l.judge(deployments)
	l.kept.saw(now)
	l.report(now)
	return nil
}

// judge returns what the Deployments say. A cluster has one control plane; of
// several all have to have IPv6 on.
func (l *Linkerd) judge(deployments []*appsv1.Deployment) foundLinkerd {
	now := foundLinkerd{found: len(deployments) > 0, expected: len(deployments) > 0}
	if s := l.kept.last.Load(); s != nil && s.found.expected {
		now.expected = true
	}
	for i, d := range deployments {
		state, reason := readDestination(d).state(l.DualStack())
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
func (l *Linkerd) report(now foundLinkerd) {
	if now.found != l.told.found || now.dualStack != l.told.dualStack {
		l.options.Log.Info("whether Linkerd has IPv6 on", zap.Bool("found", now.found),
			zap.Stringer("dualStack", now.dualStack), zap.String("reason", now.reason))
	}
	l.told = now
}

// age is how old what is known is. What was decided does not age.
func (l *Linkerd) age() time.Duration {
	if l.options.Decided != mutate.Unknown {
		return 0
	}
	return l.kept.age()
}
