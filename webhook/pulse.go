package webhook

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	toolscache "k8s.io/client-go/tools/cache"
)

// pulse knows when a watch was last alive: when the API server accepted it, or sent an
// event. Where nothing changes it sends a bookmark about every minute:
// k8s.io/apiserver/pkg/storage/cacher/cache_watcher.go.
type pulse struct{ last atomic.Pointer[time.Time] }

func newPulse() *pulse {
	p := &pulse{}
	p.beat()
	return p
}

func (p *pulse) beat() {
	now := time.Now()
	p.last.Store(&now)
}

// age returns how long ago the watch was last alive; since the start if it never was.
func (p *pulse) age() time.Duration { return time.Since(*p.last.Load()) }

// beatingInformer is an informer whose watch has a pulse.
type beatingInformer struct {
	toolscache.SharedIndexInformer
	pulse *pulse
}

// newBeatingInformer is for a cache.
func newBeatingInformer(lw toolscache.ListerWatcher, object runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	p := newPulse()
	return beatingInformer{toolscache.NewSharedIndexInformer(p.listen(lw), object, resync, indexers), p}
}

// pulseOf returns that of the informer's watch.
func pulseOf(informer any) (*pulse, error) {
	beating, ok := informer.(beatingInformer)
	if !ok {
		return nil, errors.New("the cache was not configured with NamespaceCache")
	}
	return beating.pulse, nil
}

// listen returns lw with a pulse.
func (p *pulse) listen(lw toolscache.ListerWatcher) toolscache.ListerWatcher {
	inner := toolscache.ToListerWatcherWithContext(lw)
	return &toolscache.ListWatch{
		ListWithContextFunc: inner.ListWithContext,
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			w, err := inner.WatchWithContext(ctx, o)
			if err != nil {
				return nil, err
			}
			p.beat()
			return watch.Filter(w, p.hear), nil
		},
	}
}

// hear lets every event pass. An error ends the watch, so it is no sign of life.
func (p *pulse) hear(event watch.Event) (watch.Event, bool) {
	if event.Type != watch.Error {
		p.beat()
	}
	return event, true
}
