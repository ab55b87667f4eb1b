package test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// balancer plays kube-proxy and the readiness of replicas.
type balancer struct {
	backends []*backend
	next     atomic.Int64
}

// A backend is a replica as the balancer sees it.
type backend struct {
	*envtest.Server
	ready atomic.Bool
}

// balance looks at each one's readiness every 100 ms until the test ends.
func balance(t *testing.T, replicas ...*envtest.Server) *balancer {
	t.Helper()
	b := &balancer{}
	done := make(chan struct{})
	var watchers sync.WaitGroup
	for _, replica := range replicas {
		one := &backend{Server: replica}
		one.ready.Store(replica.Ready())
		b.backends = append(b.backends, one)
		watchers.Go(func() { one.watch(done) })
	}
	t.Cleanup(func() { close(done); watchers.Wait() })
	return b
}

func (b *backend) watch(done <-chan struct{}) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			b.ready.Store(b.Ready())
		}
	}
}

// pick returns the next one that is ready. It asks each of them once, whatever
// others pick at the same time.
func (b *balancer) pick() (string, error) {
	turn := int(b.next.Add(1))
	for i := range b.backends {
		one := b.backends[(turn+i)%len(b.backends)]
		if one.ready.Load() {
			return one.Address, nil
		}
	}
	return "", errNobody
}
