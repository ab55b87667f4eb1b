package test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/cert"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

var (
	applied   = map[string]string{mutate.KeyMode: "apply"}
	plainWeb  = map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"generateName": "web-"}, "spec": map[string]any{"ports": []any{map[string]any{"port": int64(80)}}}}
	errNobody = errors.New("no endpoints")
)

func policyOf(service *unstructured.Unstructured) string {
	policy, _, _ := unstructured.NestedString(service.Object, "spec", "ipFamilyPolicy")
	return policy
}

// testHang calls a replica that accepts connections and never answers: the
// request goes through, unchanged, after the webhook's timeout.
func (c *cluster) testHang(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c.namespace(t, "hang", applied, nil)
	c.route(t, envtest.Backend(listener.Addr().String()))
	got, err := c.create(t.Context(), "hang", plainWeb)
	if err != nil {
		t.Fatalf("create with a webhook that hangs = %v, want nil", err)
	}
	if policy := policyOf(got); policy != "SingleStack" {
		t.Errorf("ipFamilyPolicy = %s, want the API server's SingleStack", policy)
	}
}

// testAbsent calls a Service without endpoints.
func (c *cluster) testAbsent(t *testing.T) {
	c.namespace(t, "absent", applied, nil)
	c.route(t, func() (string, error) { return "", errNobody })
	got, err := c.create(t.Context(), "absent", plainWeb)
	if err != nil {
		t.Fatalf("create without a webhook = %v, want nil", err)
	}
	if policy := policyOf(got); policy != "SingleStack" {
		t.Errorf("ipFamilyPolicy = %s, want the API server's SingleStack", policy)
	}
}

// testNewNamespace creates a Service at once after its namespace, as kubectl
// apply does, fifty times. Nothing may be lost for being early.
func (c *cluster) testNewNamespace(t *testing.T) {
	c.serve(t)
	for i := range 50 {
		name := fmt.Sprintf("new-%d", i)
		c.namespace(t, name, applied, nil)
		got, err := c.create(t.Context(), name, plainWeb)
		if err != nil {
			t.Fatal(err)
		}
		if policy := policyOf(got); policy != "PreferDualStack" {
			t.Errorf("%s: ipFamilyPolicy = %s, want PreferDualStack; warnings %v", name, policy, c.warnings.take())
		}
	}
}

// testShutdown stops one of two replicas under load, as a rolling update does.
// The load balancer looks at readiness every 100 ms, so it goes on sending new
// connections for a while. Not one mutation may be lost.
func (c *cluster) testShutdown(t *testing.T) {
	bundle, flags := servingFiles(t)
	flags = append(flags, "--shutdown-delay", "1s")
	first, second := c.start(t, flags), c.start(t, flags)
	balancer := balance(t, first, second)
	c.route(t, balancer.pick)
	if err := c.Trust(t.Context(), bundle); err != nil {
		t.Fatal(err)
	}
	c.namespace(t, "shutdown", applied, nil)

	var created, lost atomic.Int64
	var workers sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		workers.Go(func() { c.load(t, "shutdown", stop, &created, &lost) })
	}
	await(t, "load", func() bool { return created.Load() > 100 })
	if err := first.Terminate(); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the replica that was stopped ended with %v, want exit status 0", err)
	}
	stopped := created.Load()
	await(t, "load after the stop", func() bool { return created.Load() > stopped+100 })
	close(stop)
	workers.Wait()
	if balancer.picked[0].Load() == 0 || balancer.picked[1].Load() == 0 {
		t.Errorf("connections per replica = %d and %d, want some on each", balancer.picked[0].Load(), balancer.picked[1].Load())
	}
	if n := lost.Load(); n != 0 {
		t.Errorf("%d of %d mutations were lost", n, created.Load())
	}
	t.Logf("%d Services created, %d mutations lost", created.Load(), lost.Load())
}

// servingFiles writes a certificate for all replicas, and returns its caBundle
// and the flags that name it.
func servingFiles(t *testing.T) (bundle []byte, flags []string) {
	t.Helper()
	certPEM, keyPEM, err := cert.GenerateSelfSignedCertKey(envtest.DNSName, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600), os.WriteFile(keyFile, keyPEM, 0o600)); err != nil {
		t.Fatal(err)
	}
	return certPEM, []string{"--tls-authority-secret=", "--tls-cert-file", certFile, "--tls-key-file", keyFile}
}

// load creates Services, through a client of its own, until stop is closed.
func (c *cluster) load(t *testing.T, namespace string, stop <-chan struct{}, created, lost *atomic.Int64) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		got, err := c.create(t.Context(), namespace, plainWeb)
		if err != nil {
			t.Errorf("create under load: %v", err)
			return
		}
		created.Add(1)
		if policyOf(got) != "PreferDualStack" {
			lost.Add(1)
		}
	}
}

// balancer plays kube-proxy and the readiness of two replicas.
type balancer struct {
	replicas [2]*envtest.Server
	ready    [2]atomic.Bool
	picked   [2]atomic.Int64
	next     atomic.Int64
}

// balance looks at the readiness of both every 100 ms until the test ends.
func balance(t *testing.T, first, second *envtest.Server) *balancer {
	t.Helper()
	b := &balancer{replicas: [2]*envtest.Server{first, second}}
	look := func() {
		for i, replica := range b.replicas {
			b.ready[i].Store(replica.Ready())
		}
	}
	look()
	ticker := time.NewTicker(100 * time.Millisecond)
	done := make(chan struct{})
	t.Cleanup(func() { ticker.Stop(); close(done) })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				look()
			}
		}
	}()
	return b
}

func (b *balancer) pick() (string, error) {
	for range b.replicas {
		i := b.next.Add(1) % 2
		if b.ready[i].Load() {
			b.picked[i].Add(1)
			return b.replicas[i].Address, nil
		}
	}
	return "", errNobody
}

// await polls until the condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited 60 s for %s", what)
		case <-ticker.C:
		}
	}
}
