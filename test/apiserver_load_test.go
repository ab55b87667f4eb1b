package test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load creates Services until it is stopped. Whatever becomes of the webhook, none
// may fail.
type load struct {
	cluster       *cluster
	before        map[string]int // what FailedOpen said at the start
	created, lost atomic.Int64
	workers       sync.WaitGroup
	stopping      chan struct{}
	ending        sync.Once
}

// startLoad begins with some clients. Who starts it stops it.
func (c *cluster) startLoad(t *testing.T, namespace string, clients int) *load {
	l := &load{cluster: c, before: c.FailedOpen(), stopping: make(chan struct{})}
	for range clients {
		l.workers.Go(func() { l.create(t, namespace) })
	}
	return l
}

func (l *load) create(t *testing.T, namespace string) {
	for {
		select {
		case <-l.stopping:
			return
		default:
		}
		got, err := l.cluster.create(t.Context(), namespace, plainWeb)
		if err != nil {
			t.Errorf("create under load: %v", err)
			return
		}
		l.created.Add(1)
		if policyOf(got) != "PreferDualStack" {
			l.lost.Add(1)
		}
	}
}

// more waits for a hundred more.
func (l *load) more(t *testing.T) {
	t.Helper()
	from := l.created.Load()
	await(t, "load", func() bool { return l.created.Load() > from+100 })
}

// end ends it, if it has not been.
func (l *load) end() {
	l.ending.Do(func() { close(l.stopping) })
	l.workers.Wait()
}

// stop ends it, and wants that nothing was lost.
func (l *load) stop(t *testing.T) {
	t.Helper()
	l.end()
	t.Logf("%d Services created, %d mutations lost", l.created.Load(), l.lost.Load())
	if n := l.lost.Load(); n != 0 {
		text, _ := l.reasons()
		t.Errorf("%d of %d mutations were lost:\n%s", n, l.created.Load(), text)
	}
}

// reasons returns why mutations were lost, a line for each reason, and how many
// were without a failed call.
func (l *load) reasons() (text string, unexplained int64) {
	var counts map[string]int
	unexplained = l.lost.Load()
	// The API server's log comes later than its answers.
	for deadline := time.Now().Add(5 * time.Second); unexplained > 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		counts, unexplained = l.cluster.FailedOpen(), l.lost.Load()
		for reason, n := range l.before {
			counts[reason] -= n
		}
		for _, n := range counts {
			unexplained -= int64(n)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[reason]; n > 0 {
			text += fmt.Sprintf("%d: %s\n", n, reason)
		}
	}
	if unexplained > 0 {
		text += fmt.Sprintf("%d: the API server logged no failure: it did not call, or was answered\n", unexplained)
	}
	return text, unexplained
}
