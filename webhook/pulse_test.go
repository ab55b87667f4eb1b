package webhook

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// watched is a watch that the test speaks for; nil for an API server that is gone.
type watched struct{ *watch.FakeWatcher }

func (w watched) listWatch() toolscache.ListerWatcher {
	return &toolscache.ListWatch{
		ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) {
			return nil, errors.New("a watch begins with what there is")
		},
		WatchFuncWithContext: func(context.Context, metav1.ListOptions) (watch.Interface, error) {
			if w.FakeWatcher == nil {
				return nil, errors.New("connection refused")
			}
			return w, nil
		},
	}
}

// TestPulse holds what is a sign of life of a watch: that it begins, and what it says;
// but not that it cannot begin, or ends.
func TestPulse(t *testing.T) {
	bookmark := watch.Event{Type: watch.Bookmark, Object: namespaceMetadata()}
	for _, tc := range []struct {
		name   string
		gone   bool
		events []watch.Event // one a minute
		want   time.Duration // a minute after the last
	}{
		{"Watch:begins", false, nil, time.Minute},
		{"Watch:cannot-begin", true, nil, 2 * time.Minute},
		{"Event:added", false, []watch.Event{{Type: watch.Added, Object: namespaceMetadata()}}, time.Minute},
		{"Event:bookmarks", false, []watch.Event{bookmark, bookmark, bookmark}, time.Minute},
		{"Event:error", false, []watch.Event{bookmark, {Type: watch.Error, Object: &metav1.Status{}}}, 2 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPulse()
				time.Sleep(time.Minute)
				api := watched{}
				if !tc.gone {
					api.FakeWatcher = watch.NewFake()
				}
				w, err := p.listen(api.listWatch()).(*toolscache.ListWatch).WatchWithContext(t.Context(), metav1.ListOptions{})
				if (err != nil) != tc.gone {
					t.Fatalf("Watch() = %v", err)
				}
				for _, event := range tc.events {
					time.Sleep(time.Minute)
					api.Action(event.Type, event.Object)
					if got := <-w.ResultChan(); got.Type != event.Type {
						t.Errorf("event %s became %s", event.Type, got.Type)
					}
				}
				time.Sleep(time.Minute)
				n := &Namespaces{pulse: p}
				if got := testutil.ToFloat64(n.Metric()); got != tc.want.Seconds() {
					t.Errorf("dualstack_namespaces_age_seconds = %v, want %v", got, tc.want.Seconds())
				}
				if w != nil {
					w.Stop()
				}
			})
		})
	}
}

// shopReader knows one namespace, which says that no mesh takes part in it.
type shopReader struct{ client.Reader }

func (shopReader) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	object.SetAnnotations(map[string]string{mutate.KeyMesh: "none", mutate.KeyHeadless: "enabled"})
	return nil
}

// TestPolicyOfADeadWatch holds that after an hour nobody knows which meshes take part;
// what else the namespace says still counts.
func TestPolicyOfADeadWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &Namespaces{facts: func() mutate.Facts { return mutate.Facts{} }, reader: shopReader{}, pulse: newPulse()}
		for _, step := range []struct {
			after time.Duration
			want  mutate.Membership
		}{
			{time.Hour, mutate.Membership{None: true}},
			{time.Second, mutate.Membership{Unknown: true}},
		} {
			time.Sleep(step.after)
			policy := n.Policy(t.Context(), "shop")
			if diff := cmp.Diff(step.want, policy.Membership); diff != "" || !policy.Headless {
				t.Errorf("membership %s later (-want +got), with headless Services %t, want true:\n%s", step.after, policy.Headless, diff)
			}
		}
		n.pulse.beat()
		if got := n.Policy(t.Context(), "shop").Membership; got.Unknown {
			t.Error("membership after the watch came back is unknown")
		}
	})
}
