package cluster

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// spread keeps replicas from looking all at once: up to a tenth longer.
const spread = 0.1

// spreadOut returns d, or up to a tenth more.
func spreadOut(d time.Duration) time.Duration { return wait.Jitter(d, spread) }

// poll calls look, and again each time that pause is over, until ctx is done.
func poll(ctx context.Context, pause func() time.Duration, look func(context.Context)) {
	for {
		look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause()):
		}
	}
}
