package test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

// cluster is a control plane with the webhook installed, and the program.
type cluster struct {
	*envtest.ControlPlane
	client   client.Client
	warnings *warnings
	binary   string
	identity string // kubeconfig of another identity than the release's service account
}

// TestAPIServer shares one control plane among everything that needs one.
func TestAPIServer(t *testing.T) {
	c := startCluster(t, envtest.Options{Audit: true})
	t.Run("Down", c.testDown)
	c.patient(t)
	t.Run("Fixtures", c.testFixtures)
	t.Run("Program", c.testProgram)
	t.Run("Rights", c.testRights)
	t.Run("OnlyCABundle", c.testOnlyCABundle)
	t.Run("Istiod", c.testIstiod)
	t.Run("AlertRules", c.testAlertRules)
	t.Run("Order", c.testOrder)
	t.Run("GitOps", c.testGitOps)
	t.Run("NewNamespace", c.testNewNamespace)
	t.Run("Restart", c.testRestart)
	t.Run("Kill", c.testKill)
	t.Run("Transitions", c.testTransitions)
	t.Run("Reach", c.testReach)
	t.Run("Ambient", c.testAmbient)
	t.Run("Upgrade", c.testUpgrade)
	t.Run("Matrix:enabled", func(t *testing.T) { c.testMatrix(t, mutate.Enabled) })
	t.Run("Matrix:unknown", func(t *testing.T) { c.unknowing(t).testMatrix(t, mutate.Unknown) })
	t.Run("Authority", c.testAuthority)
	t.Run("Ownership", c.testOwnership)
	t.Run("Renewal", c.testRenewal)
	t.Run("Rotation", c.testRotation)
	t.Run("Years", c.testYears)
	t.Run("Clocks", c.testClocks)
	t.Run("Obstacles", c.testObstacles)
}

// patient has the API server wait longer for the webhook than by default: on a busy
// machine, a call that takes two seconds is not what the tests are about.
func (c *cluster) patient(t *testing.T) {
	t.Helper()
	configuration := c.configuration(t)
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].TimeoutSeconds = new(int32(30))
	}
	if err := c.client.Update(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
}

// startCluster starts a control plane and installs the webhook.
func startCluster(t *testing.T, o envtest.Options) *cluster {
	t.Helper()
	c := startBare(t, o)
	if err := c.Install(t.Context(), envtest.Backend("127.0.0.1:1")); err != nil {
		t.Fatal(err)
	}
	return c
}

// startBare starts a control plane without the webhook.
func startBare(t *testing.T, o envtest.Options) *cluster {
	t.Helper()
	c := &cluster{ControlPlane: envtest.ForTest(t, o), warnings: &warnings{}}
	config := c.Config()
	config.WarningHandler = c.warnings
	var err error
	if c.client, err = client.New(config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	c.binary = buildProgram(t)
	return c
}

// serve runs the release's container with these flags more until the test ends,
// and makes the API server call it.
func (c *cluster) serve(t *testing.T, flags ...string) *envtest.Server {
	t.Helper()
	server := c.start(t, append([]string{"--shutdown-delay", "0s"}, flags...))
	c.route(t, envtest.Backend(server.Address))
	c.Disconnect()
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server
}

// start runs the release's container with these flags more until the test ends.
func (c *cluster) start(t *testing.T, flags []string) *envtest.Server {
	t.Helper()
	output := &strings.Builder{}
	server, err := c.StartServer(t.Context(), envtest.ServerOptions{
		Binary:     c.binary,
		Kubeconfig: c.identity,
		Args:       flags,
		Output:     output,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stopping the program: %v\n%s", err, output)
		}
	})
	return server
}

// route sends the API server's calls to these replicas, ready ones only.
func (c *cluster) route(t *testing.T, pick envtest.Pick) {
	t.Helper()
	if err := c.RouteRelease(t.Context(), pick); err != nil {
		t.Fatal(err)
	}
}

// namespace creates a namespace.
func (c *cluster) namespace(t *testing.T, name string, labels, annotations map[string]string) {
	t.Helper()
	namespace := &corev1.Namespace{}
	namespace.Name, namespace.Labels, namespace.Annotations = name, labels, annotations
	if err := c.client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
}

// create asks for an object in a namespace without storing it, and returns what
// would be stored.
func (c *cluster) create(ctx context.Context, namespace string, object map[string]any) (*unstructured.Unstructured, error) {
	u := (&unstructured.Unstructured{Object: object}).DeepCopy()
	u.SetNamespace(namespace)
	err := c.client.Create(ctx, u, client.DryRunAll)
	return u, err
}

// warnings collects what kubectl would print.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

var _ rest.WarningHandler = (*warnings)(nil)

// HandleWarningHeader is for rest.Config.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}

// take returns our warnings since the last call. Those of the API server itself
// are not ours to test.
func (w *warnings) take() []string { return w.takePrefixed("dualstack") }

// takePrefixed returns the warnings since the last call that begin with prefix.
func (w *warnings) takePrefixed(prefix string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	texts := slices.DeleteFunc(w.texts, func(text string) bool { return !strings.HasPrefix(text, prefix) })
	w.texts = nil
	return texts
}
