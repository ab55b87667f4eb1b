package istio

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"istio.io/istio/pilot/pkg/features"
	istiotest "istio.io/istio/pkg/test"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// cluster is a control plane with the webhook and every revision of the mesh
// installed, and the program.
type cluster struct {
	*envtest.ControlPlane
	client    client.Client
	charts    map[string]*chart // by the name of the revision
	injectors map[string]injector
	binary    string
}

// serviceAccount is what the API server gives a Pod that names none, by a plugin
// that is off here for want of a controller. Istio mounts a token of it.
const serviceAccount = "default"

// startCluster starts a control plane and installs the webhook and the mesh.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{ControlPlane: envtest.ForTest(t, envtest.Options{}), charts: map[string]*chart{}, injectors: map[string]injector{}}
	config := c.Config()
	config.QPS, config.WarningHandler = -1, rest.NoWarnings{}
	var err error
	if c.client, err = client.New(config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	c.binary = filepath.Join(t.TempDir(), "dualstack")
	build := exec.Command("go", "build", "-o", c.binary, "./cmd/dualstack")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	if err := c.Install(t.Context(), envtest.Backend("127.0.0.1:1")); err != nil {
		t.Fatal(err)
	}
	c.patient(t)
	c.namespace(t, systemNamespace, nil)
	// What ENABLE_NATIVE_SIDECARS=auto comes to where every kubelet is of 1.33 or
	// later; the annotation sidecar.istio.io/nativeSidecar still decides.
	istiotest.SetForTest(t, &features.EnableNativeSidecars, features.NativeSidecarModeEnabled)
	for _, r := range revisions {
		c.install(t, r)
	}
	return c
}

// patient has the API server wait longer for the webhook than by default: on a
// busy machine, a call that takes two seconds is not what the tests are about.
func (c *cluster) patient(t *testing.T) {
	t.Helper()
	var configuration admissionregistrationv1.MutatingWebhookConfiguration
	if err := c.client.Get(t.Context(), client.ObjectKey{Name: "zz-dualstack-webhook"}, &configuration); err != nil {
		t.Fatal(err)
	}
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].TimeoutSeconds = new(int32(30))
	}
	if err := c.client.Update(t.Context(), &configuration); err != nil {
		t.Fatal(err)
	}
}

// serve runs the release's container with these flags more until the test ends,
// and has the API server call it.
func (c *cluster) serve(t *testing.T, flags ...string) {
	t.Helper()
	output := &strings.Builder{}
	server, err := c.StartServer(t.Context(), envtest.ServerOptions{
		Binary: c.binary,
		Args:   append([]string{"--shutdown-delay", "0s"}, flags...),
		Output: output,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stopping the program: %v\n%s", err, output)
		}
	})
	if err := c.RouteRelease(t.Context(), envtest.Backend(server.Address)); err != nil {
		t.Fatal(err)
	}
	c.Disconnect()
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// install renders a revision's chart, starts its injector, creates the chart's
// Services and webhook configurations with the injector's certificate, which is
// all that istiod changes of them, and the Deployment of istiod, which the program
// looks at.
func (c *cluster) install(t *testing.T, r revision) {
	t.Helper()
	rendered, err := r.render()
	if err != nil {
		t.Fatal(err)
	}
	c.charts[r.name] = rendered
	injector := startInjector(t, rendered)
	c.injectors[r.name] = injector
	for _, object := range rendered.objects {
		switch object.GetKind() {
		case "Service":
			if err := c.client.Create(t.Context(), object); err != nil {
				t.Fatal(err)
			}
			c.routeTo(t, systemNamespace, object.GetName(), injector.address)
		case "Deployment":
			c.deploy(t, object)
		case "MutatingWebhookConfiguration":
			var configuration admissionregistrationv1.MutatingWebhookConfiguration
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &configuration); err != nil {
				t.Fatal(err)
			}
			for i := range configuration.Webhooks {
				configuration.Webhooks[i].ClientConfig.CABundle = injector.bundle
				configuration.Webhooks[i].TimeoutSeconds = new(int32(30))
			}
			if err := c.client.Create(t.Context(), &configuration); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// deploy creates a Deployment, and says what the controller of Deployments would
// say once its Pods run.
func (c *cluster) deploy(t *testing.T, object client.Object) {
	t.Helper()
	if err := c.client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	var d appsv1.Deployment
	if err := c.client.Get(t.Context(), client.ObjectKeyFromObject(object), &d); err != nil {
		t.Fatal(err)
	}
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
	if err := c.client.Status().Update(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
}

// awaitInjection returns once a Pod in the namespace gets the sidecar.
func (c *cluster) awaitInjection(t *testing.T, namespace string) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		pod := &corev1.Pod{}
		pod.Name, pod.Namespace = "probe", namespace
		pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "app"}}
		pod.Spec.ServiceAccountName = serviceAccount
		err := c.client.Create(ctx, pod, client.DryRunAll)
		return len(pod.Spec.InitContainers) > 0, err
	})
	if err != nil {
		t.Fatalf("waiting for the injector of namespace %s to be called: %v", namespace, err)
	}
}

// routeTo sends what the API server asks of a Service to an address.
func (c *cluster) routeTo(t *testing.T, namespace, name, address string) {
	t.Helper()
	var service corev1.Service
	if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &service); err != nil {
		t.Fatal(err)
	}
	c.Route(&service, 443, envtest.Backend(address))
}

// namespace creates a namespace.
func (c *cluster) namespace(t *testing.T, name string, labels map[string]string) {
	t.Helper()
	namespace := &corev1.Namespace{}
	namespace.Name, namespace.Labels = name, labels
	if err := c.client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
}
