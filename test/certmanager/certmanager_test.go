package certmanager

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlenvtest "sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// startCertManager runs cert-manager until the test ends.
func startCertManager(t *testing.T, c *envtest.ControlPlane) {
	t.Helper()
	directory := filepath.Join(moduleDirectory(t), "deploy", "crds")
	if _, err := ctrlenvtest.InstallCRDs(c.Config(), ctrlenvtest.CRDInstallOptions{Paths: []string{directory}, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
	log := newLog(t)
	ctx, stop := context.WithCancel(logf.NewContext(context.WithoutCancel(t.Context()), log))
	var running sync.WaitGroup
	t.Cleanup(func() { stop(); running.Wait() })
	startControllers(ctx, t, c, &running)
	startInjector(ctx, t, c, log, &running)
}

// startControllers runs the controllers that are linked in, as cert-manager's
// program of the name controller does.
func startControllers(ctx context.Context, t *testing.T, c *envtest.ControlPlane, running *sync.WaitGroup) {
	t.Helper()
	const workers = 5
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig: c.Kubeconfig(),
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, construct := range controller.Known() {
		loop, err := construct(factory)
		if err != nil {
			t.Fatalf("making the controller %s: %v", name, err)
		}
		running.Go(func() {
			if err := loop.Run(workers, ctx); err != nil && ctx.Err() == nil {
				t.Errorf("the controller %s: %v", name, err)
			}
		})
	}
	root, err := factory.Build()
	if err != nil {
		t.Fatal(err)
	}
	root.SharedInformerFactory.Start(ctx.Done())
	root.KubeSharedInformerFactory.Start(ctx.Done())
}

// startInjector runs the CA injector, as cert-manager's program of the name
// cainjector does. It looks at webhook configurations alone.
func startInjector(ctx context.Context, t *testing.T, c *envtest.ControlPlane, log logr.Logger, running *sync.WaitGroup) {
	t.Helper()
	ctrl.SetLogger(log)
	manager, err := ctrl.NewManager(util.RestConfigWithUserAgent(c.Config(), "cainjector"), ctrl.Options{
		Scheme:  newScheme(t),
		Cache:   cache.Options{ReaderFailOnMissingInformer: true},
		Client:  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Metrics: server.Options{BindAddress: "0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = cainjector.RegisterAllInjectors(ctx, manager, cainjector.SetupOptions{
		EnableCertificatesDataSource: true,
		EnabledReconcilersFor:        map[string]bool{cainjector.MutatingWebhookConfigurationName: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	running.Go(func() {
		if err := manager.Start(ctx); err != nil {
			t.Errorf("the CA injector: %v", err)
		}
	})
}

// newScheme returns the kinds of Kubernetes and of cert-manager.
func newScheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	kinds := runtime.NewScheme()
	if err := errors.Join(scheme.AddToScheme(kinds), certmanagerv1.AddToScheme(kinds)); err != nil {
		t.Fatal(err)
	}
	return kinds
}

// newLog returns a logger whose lines are printed if the test fails.
func newLog(t *testing.T) logr.Logger {
	var mu sync.Mutex
	var lines bytes.Buffer
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if t.Failed() {
			t.Logf("cert-manager's log:\n%s", &lines)
		}
	})
	return funcr.New(func(_, args string) {
		mu.Lock()
		defer mu.Unlock()
		lines.WriteString(args + "\n")
	}, funcr.Options{LogTimestamp: true})
}

// moduleDirectory returns where the go command keeps cert-manager.
func moduleDirectory(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cert-manager/cert-manager").Output()
	if err != nil {
		t.Fatalf("looking for cert-manager: %v", err)
	}
	return strings.TrimSpace(string(out))
}
