package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// api answers each read of the ServiceCIDR with the next of its answers, and
// then with the last for ever.
type api struct {
	answers []answer
	reads   []time.Time
}

type answer struct {
	cidrs []string
	err   error
}

func (a *api) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	cidr, ok := object.(*networkingv1.ServiceCIDR)
	if !ok || key.Name != "kubernetes" || key.Namespace != "" {
		return errors.New("this is the ServiceCIDR kubernetes")
	}
	now := a.answers[min(len(a.reads), len(a.answers)-1)]
	a.reads = append(a.reads, time.Now())
	cidr.Spec.CIDRs = now.cidrs
	return now.err
}

func (a *api) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("nobody has the right to list")
}

var (
	dual      = answer{cidrs: []string{"10.96.0.0/16", "fd00:10:96::/112"}}
	single    = answer{cidrs: []string{"10.96.0.0/16"}}
	resource  = schema.GroupResource{Group: "networking.k8s.io", Resource: "servicecidrs"}
	forbidden = answer{err: apierrors.NewForbidden(resource, "kubernetes", nil)}
	broken    = answer{err: errors.New("connection refused")}
)

// watched is a Watcher that runs in a bubble of synctest, where time passes
// when nobody has anything to do.
type watched struct {
	*Watcher
	api      *api
	registry *prometheus.Registry
	logs     *observer.ObservedLogs
}

func watch(t *testing.T, pods mutate.State, answers ...answer) *watched {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	w := &watched{api: &api{answers: answers}, registry: prometheus.NewRegistry(), logs: logs}
	w.Watcher = NewWatcher(Options{
		Reader:   w.api,
		Pods:     pods,
		Registry: w.registry,
		Log:      zap.New(core),
		Jitter:   func(d time.Duration) time.Duration { return d + between - interval },
	})
	return w
}

// run starts the Watcher and returns after its first look.
func (w *watched) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Start() = %v, want nil", err)
		}
	})
	synctest.Wait()
}

// between is the time from one look to the next, with the jitter.
const between = 11 * time.Minute

// nextLook lets time pass until the next look is over.
func nextLook() {
	time.Sleep(between)
	synctest.Wait()
}

func (w *watched) check(t *testing.T, when string, want mutate.State) {
	t.Helper()
	if got := w.DualStack(); got != want {
		t.Errorf("%s: DualStack() = %s, want %s", when, got, want)
	}
}

func (w *watched) gauge(t *testing.T, name string) float64 {
	t.Helper()
	return gaugeIn(t, w.registry, name)
}

func TestServices(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer answer
		want   mutate.State
	}{
		{"CIDRs:both", dual, mutate.Enabled},
		{"CIDRs:v4", single, mutate.Disabled},
		{"CIDRs:v6", answer{cidrs: []string{"fd00:10:96::/112"}}, mutate.Disabled},
		{"CIDRs:none", answer{}, mutate.Unknown},
		{"CIDRs:unreadable", answer{cidrs: []string{"10.96.0.0/16", "six"}}, mutate.Unknown},
		{"Read:forbidden", forbidden, mutate.Unknown},
		{"Read:not-found", answer{err: apierrors.NewNotFound(resource, "kubernetes")}, mutate.Unknown},
		{"Read:before-1.33", answer{err: &meta.NoKindMatchError{}}, mutate.Unknown},
		{"Read:broken", broken, mutate.Unknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := watch(t, mutate.Enabled, tc.answer)
				w.check(t, "before the first look", mutate.Unknown)
				if err := w.Ready(nil); err == nil {
					t.Error("Ready() before the first look = nil, want an error")
				}
				w.run(t)
				w.check(t, "after the first look", tc.want)
				if err := w.Ready(nil); err != nil {
					t.Errorf("Ready() after the first look = %v, want nil", err)
				}
			})
		})
	}
}

// TestPolling holds when the cluster is looked at, and what a failure costs.
func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, mutate.Enabled, single, broken, dual, forbidden)
		start := time.Now()
		w.run(t)
		w.check(t, "at first", mutate.Disabled)
		nextLook()
		w.check(t, "after a failed read", mutate.Disabled)
		if got, want := w.gauge(t, "dualstack_cluster_read_age_seconds"), between.Seconds(); got != want {
			t.Errorf("age after a failed read = %v s, want %v", got, want)
		}
		nextLook()
		w.check(t, "after the second range", mutate.Enabled)
		if got := w.gauge(t, "dualstack_cluster_read_age_seconds"); got != 0 {
			t.Errorf("age after a read = %v s, want 0", got)
		}
		nextLook()
		w.check(t, "without the right", mutate.Enabled)
		for i, at := range w.api.reads {
			if got, want := at.Sub(start), time.Duration(i)*between; got != want {
				t.Errorf("read %d after %s, want %s: ten minutes and the jitter", i, got, want)
			}
		}
		if len(w.api.reads) != 4 {
			t.Errorf("%d reads, want 4", len(w.api.reads))
		}
	})
}

// TestChangesAreLogged holds that a look that finds what was known is quiet.
func TestChangesAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, mutate.Disabled, single, single, broken, dual, dual, forbidden)
		w.run(t)
		for range 12 { // More than an hour without the right.
			nextLook()
		}
		want := []string{
			"whether the cluster is dual-stack",
			"looking at the cluster failed, so the last state stays",
			"whether the cluster is dual-stack",
			"Services have addresses of both IP families, but this Pod has one: is the pod network dual-stack?",
			"looking at the cluster failed, so the last state stays",
			"looking at the cluster failed, so it is unknown",
			"whether the cluster is dual-stack",
		}
		var got []string
		for _, entry := range w.logs.All() {
			got = append(got, entry.Message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// TestContradiction holds that Services of two families in front of Pods of one
// are not a dual-stack cluster.
func TestContradiction(t *testing.T) {
	for _, tc := range []struct {
		pods          mutate.State
		services      answer
		want          mutate.State
		contradiction float64
	}{
		{mutate.Enabled, dual, mutate.Enabled, 0},
		{mutate.Unknown, dual, mutate.Enabled, 0},
		{mutate.Disabled, dual, mutate.Unknown, 1},
		{mutate.Disabled, single, mutate.Disabled, 0},
		{mutate.Enabled, single, mutate.Disabled, 0},
		{mutate.Disabled, forbidden, mutate.Unknown, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := watch(t, tc.pods, tc.services)
			w.run(t)
			w.check(t, "Pods:"+tc.pods.String(), tc.want)
			if got := w.gauge(t, "dualstack_cluster_contradiction"); got != tc.contradiction {
				t.Errorf("Pods:%s: contradiction = %v, want %v", tc.pods, got, tc.contradiction)
			}
			want := map[string]string{"network=pods": tc.pods.String(), "network=services": w.services().String()}
			if diff := cmp.Diff(want, statesIn(t, w.registry, "dualstack_cluster_dual_stack")); diff != "" {
				t.Errorf("dualstack_cluster_dual_stack (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultJitterSpreads(t *testing.T) {
	jitter := NewWatcher(Options{}).jitter
	for range 100 {
		if got := jitter(interval); got < interval || got > interval+interval/10 {
			t.Fatalf("jitter(%s) = %s, want up to a tenth more", interval, got)
		}
	}
}
