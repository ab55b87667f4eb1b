package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// istioAPI answers each look with the next of its looks, and then with the last
// for ever.
type istioAPI struct {
	looks []istioLook
	at    int
}

type istioLook struct {
	deployments []appsv1.Deployment
	tags        map[string]string // revisions by tag
	err         error
	tagsErr     error
}

func (a *istioAPI) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var o client.ListOptions
	o.ApplyOptions(options)
	now := a.looks[min(a.at, len(a.looks)-1)]
	switch list := list.(type) {
	case *appsv1.DeploymentList:
		if o.Namespace != "istio-system" || o.LabelSelector.String() != "app=istiod" {
			return errors.New("this is app=istiod in istio-system")
		}
		list.Items = now.deployments
		if now.err != nil {
			a.at++
		}
		return now.err
	case *metav1.PartialObjectMetadataList:
		a.at++
		if o.LabelSelector.String() != "istio.io/tag" || list.Kind != "MutatingWebhookConfigurationList" {
			return errors.New("this is MutatingWebhookConfigurations with istio.io/tag")
		}
		for tag, revision := range now.tags {
			var item metav1.PartialObjectMetadata
			item.Labels = map[string]string{"istio.io/tag": tag, "istio.io/rev": revision}
			list.Items = append(list.Items, item)
		}
		return now.tagsErr
	}
	return errors.New("nobody has the right to list anything else")
}

func (a *istioAPI) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return errors.New("nobody has the right to get")
}

func watchIstio(t *testing.T, decided map[string]mutate.State, looks ...istioLook) *Istio {
	t.Helper()
	return NewIstio(IstioOptions{
		Reader:    &istioAPI{looks: looks},
		Namespace: "istio-system",
		Selector:  labels.SelectorFromSet(labels.Set{"app": "istiod"}),
		Decided:   decided,
		Metrics:   NewIstioMetrics(prometheus.NewRegistry()),
		Log:       zap.NewNop(),
		Jitter:    func(d time.Duration) time.Duration { return d },
	})
}

// lookAt starts i and returns what it knows after each of so many looks.
func lookAt(t *testing.T, i *Istio, looks int) []mutate.Mesh {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- i.Start(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Start() = %v, want nil", err)
		}
	}()
	var known []mutate.Mesh
	for range looks {
		synctest.Wait()
		known = append(known, i.Meshes()["istio"])
		time.Sleep(istioInterval)
	}
	return known
}

type states = map[string]mutate.State

func TestIstioRevisions(t *testing.T) {
	off := env()
	forbidden := apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "", nil)
	both := []appsv1.Deployment{istiodDeployment("default", off), istiodDeployment("canary")}
	for _, tc := range []struct {
		name    string
		decided states
		look    istioLook
		want    mutate.Mesh
	}{
		{"Found:none", nil, istioLook{}, mutate.Mesh{Revisions: states{}, Tags: states{}}},
		{"Found:two", nil, istioLook{deployments: both}, mutate.Mesh{Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled}, Tags: states{}}},
		{
			"Tag:canary", nil,
			istioLook{deployments: both, tags: map[string]string{"default": "canary", "old": "default", "lost": "gone"}},
			mutate.Mesh{
				Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled},
				Tags:      states{"default": mutate.Enabled, "old": mutate.Disabled, "lost": mutate.Unknown},
			},
		},
		{
			"Decided:external",
			states{"external": mutate.Enabled},
			istioLook{deployments: both},
			mutate.Mesh{Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled, "external": mutate.Enabled}, Tags: states{}},
		},
		{
			"Decided:default_Tag:default",
			states{"default": mutate.Enabled},
			istioLook{deployments: both, tags: map[string]string{"default": "canary"}},
			mutate.Mesh{Revisions: states{"default": mutate.Enabled, "canary": mutate.Enabled}, Tags: states{}},
		},
		{
			"Found:two-of-one-revision", nil,
			istioLook{deployments: []appsv1.Deployment{istiodDeployment("default"), istiodDeployment("default", off)}},
			mutate.Mesh{Revisions: states{"default": mutate.Unknown}, Tags: states{}},
		},
		{"Read:forbidden", states{"external": mutate.Enabled}, istioLook{err: forbidden}, mutate.Mesh{Revisions: states{"external": mutate.Enabled}, Tags: states{}}},
		{"Read:tags-forbidden", nil, istioLook{deployments: both, tagsErr: forbidden}, mutate.Mesh{Revisions: states{}, Tags: states{}}},
		{"Read:broken", nil, istioLook{err: errors.New("connection refused")}, mutate.Mesh{Revisions: states{}, Tags: states{}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := watchIstio(t, tc.decided, tc.look)
				if err := i.Ready(nil); err == nil {
					t.Error("Ready() before the first look = nil, want an error")
				}
				got := lookAt(t, i, 1)[0]
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("Meshes() (-want +got):\n%s", diff)
				}
				if err := i.Ready(nil); err != nil {
					t.Errorf("Ready() after the first look = %v, want nil", err)
				}
			})
		})
	}
}

// TestIstioPolling holds that a failed look changes nothing, and a rollout only
// what is certain.
func TestIstioPolling(t *testing.T) {
	broken := istioLook{err: errors.New("connection refused")}
	one := func(changes ...func(*appsv1.Deployment)) istioLook {
		return istioLook{deployments: []appsv1.Deployment{istiodDeployment("default", changes...)}}
	}
	synctest.Test(t, func(t *testing.T) {
		looks := []istioLook{one(env()), one(rollingOut), one(), broken, one(rollingOut), one(rollingOut, env()), {}}
		want := []mutate.State{mutate.Disabled, mutate.Unknown, mutate.Enabled, mutate.Enabled, mutate.Enabled, mutate.Disabled, mutate.Unknown}
		i := watchIstio(t, nil, looks...)
		var got []mutate.State
		for _, mesh := range lookAt(t, i, len(looks)) {
			got = append(got, mesh.OfRevision("default"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("revision default after each look (-want +got):\n%s", diff)
		}
		if count := testutil.CollectAndCount(i.options.Metrics.dualStack); count != 0 {
			t.Errorf("%d series of a revision that is gone, want 0", count)
		}
	})
}
