package cluster

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
	injectors   []admissionregistrationv1.MutatingWebhookConfiguration
	err         error
	injectErr   error
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
	case *admissionregistrationv1.MutatingWebhookConfigurationList:
		a.at++
		if o.LabelSelector.String() != "istio.io/rev" {
			return errors.New("this is MutatingWebhookConfigurations with istio.io/rev")
		}
		list.Items = now.injectors
		return now.injectErr
	}
	return errors.New("nobody has the right to list anything else")
}

func (a *istioAPI) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return errors.New("nobody has the right to get")
}

func watchIstio(t *testing.T, decided mutate.Mesh, looks ...istioLook) *Istio {
	t.Helper()
	return NewIstio(IstioOptions{
		Reader:    &istioAPI{looks: looks},
		Namespace: "istio-system",
		Selector:  labels.SelectorFromSet(labels.Set{"app": "istiod"}),
		Decided:   decided,
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
		known = append(known, i.Mesh())
		time.Sleep(istioInterval)
	}
	return known
}

type states = map[string]mutate.State

func TestIstioRevisions(t *testing.T) {
	off := env()
	forbidden := apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "", nil)
	both := []appsv1.Deployment{istiodDeployment("default", off), istiodDeployment("canary")}
	tags := []admissionregistrationv1.MutatingWebhookConfiguration{injector("canary", "default"), injector("default", "old"), injector("gone", "lost")}
	once := states{"default": mutate.Enabled, "canary": mutate.Enabled, "gone": mutate.Enabled, "old": mutate.Enabled, "lost": mutate.Enabled}
	for _, tc := range []struct {
		name    string
		decided mutate.Mesh
		look    istioLook
		want    mutate.Mesh
	}{
		{"Found:none", mutate.Mesh{}, istioLook{}, mutate.Mesh{}},
		{"Found:two", mutate.Mesh{}, istioLook{deployments: both}, mutate.Mesh{Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled}}},
		{
			"Tag:canary",
			mutate.Mesh{},
			istioLook{deployments: both, injectors: tags},
			mutate.Mesh{
				Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled},
				Tags:      states{"default": mutate.Enabled, "old": mutate.Disabled, "lost": mutate.Unknown},
				Injectors: once,
			},
		},
		{
			"Decided:external",
			mutate.Mesh{Revisions: states{"external": mutate.Enabled}},
			istioLook{deployments: both},
			mutate.Mesh{Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled, "external": mutate.Enabled}},
		},
		{
			"Decided:default_Tag:default",
			mutate.Mesh{Revisions: states{"default": mutate.Enabled}},
			istioLook{deployments: both, injectors: tags[:1]},
			mutate.Mesh{Revisions: states{"default": mutate.Enabled, "canary": mutate.Enabled}, Injectors: states{"default": mutate.Enabled, "canary": mutate.Enabled}},
		},
		{
			"Decided:dual-stack_Tag:old",
			mutate.Mesh{DualStack: mutate.Enabled, Revisions: states{"default": mutate.Disabled}},
			istioLook{deployments: both, injectors: tags[1:]},
			mutate.Mesh{
				DualStack: mutate.Enabled,
				Revisions: states{"default": mutate.Disabled},
				Tags:      states{"old": mutate.Disabled, "lost": mutate.Enabled},
				Injectors: states{"default": mutate.Enabled, "gone": mutate.Enabled, "old": mutate.Enabled, "lost": mutate.Enabled},
			},
		},
		{
			"Decided:reinvocation_Injector:again",
			mutate.Mesh{InjectsOnce: mutate.Enabled},
			istioLook{deployments: both, injectors: []admissionregistrationv1.MutatingWebhookConfiguration{injector("default", "", again)}},
			mutate.Mesh{Revisions: states{"default": mutate.Disabled, "canary": mutate.Enabled}, InjectsOnce: mutate.Enabled},
		},
		{
			"Found:two-of-one-revision",
			mutate.Mesh{},
			istioLook{deployments: []appsv1.Deployment{istiodDeployment("default"), istiodDeployment("default", off)}},
			mutate.Mesh{Revisions: states{"default": mutate.Unknown}},
		},
		{"Read:forbidden", mutate.Mesh{Revisions: states{"external": mutate.Enabled}}, istioLook{err: forbidden}, mutate.Mesh{Revisions: states{"external": mutate.Enabled}}},
		{"Read:forbidden_Decided:dual-stack", mutate.Mesh{DualStack: mutate.Enabled}, istioLook{err: forbidden, injectors: tags[:1]}, mutate.Mesh{DualStack: mutate.Enabled, Tags: states{"default": mutate.Enabled}, Injectors: states{"default": mutate.Enabled, "canary": mutate.Enabled}}},
		{"Read:injectors-forbidden", mutate.Mesh{}, istioLook{deployments: both, injectErr: forbidden}, mutate.Mesh{}},
		{"Read:broken", mutate.Mesh{DualStack: mutate.Enabled}, istioLook{err: errors.New("no Deployments"), injectErr: errors.New("connection refused")}, mutate.Mesh{DualStack: mutate.Enabled}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := watchIstio(t, tc.decided, tc.look)
				if err := i.Ready(nil); err == nil {
					t.Error("Ready() before the first look = nil, want an error")
				}
				got := lookAt(t, i, 1)[0]
				if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("Mesh() (-want +got):\n%s", diff)
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
		i := watchIstio(t, mutate.Mesh{}, looks...)
		var got []mutate.State
		for _, mesh := range lookAt(t, i, len(looks)) {
			got = append(got, mesh.OfRevision("default"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("revision default after each look (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{"default": "unknown"}, i.states()); diff != "" {
			t.Errorf("states of a revision that is gone (-want +got):\n%s", diff)
		}
	})
}
