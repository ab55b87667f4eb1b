package cluster

import (
	"cmp"
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// spread keeps replicas from looking all at once: up to a tenth longer.
const spread = 0.1

// spreadOut returns d, or up to a tenth more.
func spreadOut(d time.Duration) time.Duration { return wait.Jitter(d, spread) }

// poller looks at something when it starts and from then on. It is for a manager.
type poller struct {
	interval time.Duration
	jitter   func(time.Duration) time.Duration
	look     func(context.Context) error
}

// newPoller returns a poller with this interval, the usual one if that is zero, and
// with this jitter, [spreadOut] if that is nil.
func newPoller(interval, usual time.Duration, jitter func(time.Duration) time.Duration, look func(context.Context) error) poller {
	if jitter == nil {
		jitter = spreadOut
	}
	return poller{cmp.Or(interval, usual), jitter, look}
}

// Start looks, and looks again each time that the interval is over, until ctx is
// done.
func (p *poller) Start(ctx context.Context) error {
	for {
		_ = p.look(ctx) // It logs what fails.
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(p.jitter(p.interval)):
		}
	}
}

// NeedLeaderElection says that every replica looks for itself.
func (*poller) NeedLeaderElection() bool { return false }
