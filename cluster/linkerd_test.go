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
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// destinationDeployment returns the Deployment of Linkerd's chart, as far as it is
// read, settled and with IPv6 on, with changes. The proxy is a container, as it is
// where native sidecars are off.
func destinationDeployment(changes ...func(*appsv1.Deployment)) appsv1.Deployment {
	d := appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "linkerd-destination", Namespace: "linkerd", Generation: 3},
		Status:     appsv1.DeploymentStatus{ObservedGeneration: 3, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2},
	}
	d.Spec.Template.Spec = corev1.PodSpec{
		InitContainers: []corev1.Container{{Name: "linkerd-init", Args: []string{"--incoming-proxy-port", "4143"}}},
		Containers: []corev1.Container{
			{Name: "linkerd-proxy"},
			{Name: "destination", Args: []string{
				"destination", "-addr=:8086", "-controller-namespace=linkerd", "-outbound-transport-mode=transport-header",
				"-enable-h2-upgrade=true", "-log-level=info", "-log-format=plain", "-enable-endpoint-slices=true",
				"-cluster-domain=cluster.local", "-identity-trust-domain=cluster.local", "-default-opaque-ports=25,587,3306",
				"-enable-ipv6=true", "-enable-pprof=false", `--meshed-http2-client-params={"keep_alive":{"while_idle":true}}`,
			}},
			{Name: "sp-validator", Args: []string{"sp-validator", "-log-level=info", "-enable-pprof=false"}},
			{Name: "policy", Args: []string{"--admin-addr=[::]:9990", "--grpc-addr=[::]:8090", "--server-addr=[::]:9443"}},
		},
	}
	for _, change := range changes {
		change(&d)
	}
	return d
}

// destinationArgs are those of the controller.
func destinationArgs(args ...string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[1].Args = args }
}

// additionalArgs are what destinationController.additionalArgs adds to them.
func additionalArgs(args ...string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		controller := &d.Spec.Template.Spec.Containers[1]
		controller.Args = append(controller.Args, args...)
	}
}

// nativeProxy makes the proxy an init container.
func nativeProxy(d *appsv1.Deployment) {
	pod := &d.Spec.Template.Spec
	pod.InitContainers, pod.Containers = append(pod.InitContainers, pod.Containers[0]), pod.Containers[1:]
}

func TestDestination(t *testing.T) {
	for _, tc := range []struct {
		name       string
		deployment appsv1.Deployment
		before     mutate.State
		want       mutate.State
		reason     string
	}{
		{"Flag:true", destinationDeployment(), mutate.Unknown, mutate.Enabled, ""},
		{"Flag:true_Proxy:native", destinationDeployment(nativeProxy), mutate.Unknown, mutate.Enabled, ""},
		{"Flag:true_Additional:false", destinationDeployment(additionalArgs("--enable-ipv6=false")), mutate.Unknown, mutate.Disabled, "-enable-ipv6 is false"},
		{"Flag:true_Additional:another", destinationDeployment(additionalArgs("-enable-ipv6-zones=false")), mutate.Unknown, mutate.Enabled, ""},
		{"Flag:false", destinationDeployment(destinationArgs("-enable-ipv6=false")), mutate.Enabled, mutate.Disabled, "-enable-ipv6 is false"},
		{"Flag:two-hyphens", destinationDeployment(destinationArgs("--enable-ipv6=1")), mutate.Unknown, mutate.Enabled, ""},
		{"Flag:bare", destinationDeployment(destinationArgs("-enable-ipv6", "false")), mutate.Unknown, mutate.Enabled, ""},
		{"Flag:twice", destinationDeployment(destinationArgs("-enable-ipv6=true", "-enable-ipv6=false")), mutate.Unknown, mutate.Disabled, "-enable-ipv6 is false"},
		{"Flag:nonsense", destinationDeployment(destinationArgs("-enable-ipv6=maybe")), mutate.Enabled, mutate.Unknown, "-enable-ipv6 is neither true nor false"},
		{"Flag:absent", destinationDeployment(destinationArgs("destination", "-addr=:8086", "-enable-endpoint-slices=true")), mutate.Enabled, mutate.Unknown, "it does not say -enable-ipv6"},
		{"Container:absent", destinationDeployment(func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[1].Name = "controller" }), mutate.Enabled, mutate.Unknown, "it has no container destination"},
		{"Rollout:running_Before:unknown", destinationDeployment(rollingOut), mutate.Unknown, mutate.Unknown, "not all of its Pods are updated"},
		{"Rollout:running_Before:disabled", destinationDeployment(rollingOut), mutate.Disabled, mutate.Unknown, "not all of its Pods are updated"},
		{"Rollout:running_Before:enabled", destinationDeployment(rollingOut), mutate.Enabled, mutate.Enabled, ""},
		{"Rollout:running_Flag:false", destinationDeployment(rollingOut, destinationArgs("-enable-ipv6=false")), mutate.Enabled, mutate.Disabled, "-enable-ipv6 is false"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, reason := readDestination(&tc.deployment).state(tc.before)
			if got != tc.want || reason != tc.reason {
				t.Errorf("state() = %s, %q; want %s, %q", got, reason, tc.want, tc.reason)
			}
		})
	}
}

// linkerdAPI answers each look with the next of its looks, and then with the last
// for ever.
type linkerdAPI struct {
	looks []linkerdLook
	at    int
}

type linkerdLook struct {
	deployments []appsv1.Deployment
	err         error
}

func (a *linkerdAPI) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var o client.ListOptions
	o.ApplyOptions(options)
	deployments, ok := list.(*appsv1.DeploymentList)
	if !ok || o.Namespace != "linkerd" || o.LabelSelector.String() != "linkerd.io/control-plane-component=destination" {
		return errors.New("this is the destination controller in linkerd")
	}
	now := a.looks[min(a.at, len(a.looks)-1)]
	a.at++
	deployments.Items = now.deployments
	return now.err
}

func (a *linkerdAPI) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return errors.New("nobody has the right to get")
}

// TestLinkerdPolling holds that a failed look changes nothing, and a rollout only
// what is certain; and what is told of it.
func TestLinkerdPolling(t *testing.T) {
	off := destinationArgs("-enable-ipv6=false")
	one := func(changes ...func(*appsv1.Deployment)) linkerdLook {
		return linkerdLook{deployments: []appsv1.Deployment{destinationDeployment(changes...)}}
	}
	broken := linkerdLook{err: errors.New("connection refused")}
	forbidden := linkerdLook{err: apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "", nil)}
	two := linkerdLook{deployments: []appsv1.Deployment{destinationDeployment(), destinationDeployment(off)}}
	for _, tc := range []struct {
		name   string
		looks  []linkerdLook
		want   []mutate.State
		series string // the state that has the 1 at the end
		logs   []string
	}{
		{"Found:none", []linkerdLook{{}}, []mutate.State{mutate.Unknown}, "absent", nil},
		{"Found:two", []linkerdLook{two}, []mutate.State{mutate.Unknown}, "unknown", []string{"whether Linkerd has IPv6 on"}},
		{"Read:forbidden", []linkerdLook{forbidden}, []mutate.State{mutate.Unknown}, "unknown", []string{"looking for Linkerd failed, so it is unknown"}},
		{"Read:broken-at-first", []linkerdLook{broken, one()}, []mutate.State{mutate.Unknown, mutate.Enabled}, "enabled", []string{"looking for Linkerd failed, so it is unknown", "whether Linkerd has IPv6 on"}},
		{
			"Changes",
			[]linkerdLook{one(off), one(rollingOut), one(), broken, one(), one(rollingOut, off), {}},
			[]mutate.State{mutate.Disabled, mutate.Unknown, mutate.Enabled, mutate.Enabled, mutate.Enabled, mutate.Disabled, mutate.Unknown},
			"unknown",
			[]string{
				"whether Linkerd has IPv6 on", "whether Linkerd has IPv6 on", "whether Linkerd has IPv6 on",
				"looking for Linkerd failed, so the last state stays", "whether Linkerd has IPv6 on", "whether Linkerd has IPv6 on",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				core, logs := observer.New(zap.InfoLevel)
				registry := prometheus.NewRegistry()
				l := NewLinkerd(LinkerdOptions{
					Reader: &linkerdAPI{looks: tc.looks}, Namespace: "linkerd",
					Registry: registry, Log: zap.New(core),
					Jitter: func(d time.Duration) time.Duration { return d },
				})
				if err := l.Ready(nil); err == nil || l.DualStack() != mutate.Unknown {
					t.Errorf("before the first look Ready() = %v and DualStack() = %s, want an error and unknown", err, l.DualStack())
				}
				if diff := cmp.Diff(tc.want, lookAtLinkerd(t, l, len(tc.looks))); diff != "" {
					t.Errorf("DualStack() after each look (-want +got):\n%s", diff)
				}
				if err := l.Ready(nil); err != nil {
					t.Errorf("Ready() after the first look = %v, want nil", err)
				}
				if diff := cmp.Diff(map[string]string{"": tc.series}, statesIn(t, registry, "dualstack_linkerd_dual_stack")); diff != "" {
					t.Errorf("dualstack_linkerd_dual_stack at the end (-want +got):\n%s", diff)
				}
				var got []string
				for _, entry := range logs.All() {
					got = append(got, entry.Message)
				}
				if diff := cmp.Diff(tc.logs, got); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// lookAtLinkerd starts l and returns what it knows after each of so many looks.
func lookAtLinkerd(t *testing.T, l *Linkerd, looks int) []mutate.State {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Start(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Start() = %v, want nil", err)
		}
	}()
	var known []mutate.State
	for range looks {
		synctest.Wait()
		known = append(known, l.DualStack())
		time.Sleep(linkerdInterval)
	}
	return known
}
