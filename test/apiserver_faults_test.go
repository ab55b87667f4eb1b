package test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/cert"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

var (
	applied  = map[string]string{mutate.KeyMode: "apply"}
	plainWeb = map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"generateName": "web-"}, "spec": map[string]any{"ports": []any{map[string]any{"port": int64(80)}}}}
)

func policyOf(service *unstructured.Unstructured) string {
	policy, _, _ := unstructured.NestedString(service.Object, "spec", "ipFamilyPolicy")
	return policy
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

// testRestart restarts two replicas under load, as a rolling update does: a new one
// is ready before an old one is told to stop. The load balancer looks at readiness
// every 100 ms, so it goes on sending new connections for a while. Not one mutation
// may be lost.
func (c *cluster) testRestart(t *testing.T) {
	flags := []string{"--shutdown-delay", "3s"}
	serving := []*envtest.Server{c.start(t, flags), c.start(t, flags)}
	c.route(t, balance(t, serving...).pick)
	c.Disconnect()
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.namespace(t, "restart", applied, nil)
	load := c.startLoad(t, "restart", 8)
	defer load.stop(t)
	load.more(t)
	for range serving {
		old := serving[0]
		serving = append(slices.Clone(serving[1:]), c.start(t, flags))
		c.route(t, balance(t, append(serving, old)...).pick)
		if err := old.Stop(); err != nil {
			t.Errorf("the replica that was stopped ended with %v, want exit status 0", err)
		}
		load.more(t)
	}
}

// testKill kills one of two replicas under load. Nothing fails; what is lost are the
// requests that it had, and those that come until the load balancer notices.
func (c *cluster) testKill(t *testing.T) {
	bundle, flags := servingFiles(t)
	flags = append(flags, "--shutdown-delay", "0s")
	first, second := c.start(t, flags), c.start(t, flags)
	balancer := balance(t, first, second)
	c.route(t, balancer.pick)
	if err := c.Trust(t.Context(), bundle); err != nil {
		t.Fatal(err)
	}
	c.namespace(t, "kill", applied, nil)
	load := c.startLoad(t, "kill", 8)
	defer load.end()
	load.more(t)
	if err := first.Kill(); err != nil {
		t.Error(err)
	}
	killed := time.Now()
	await(t, "the load balancer to notice", func() bool { return !balancer.backends[0].ready.Load() })
	t.Logf("the load balancer noticed after %s", time.Since(killed).Round(time.Millisecond))
	load.more(t) // Among it are the last requests from before.
	noticed := load.lost.Load()
	load.more(t)
	load.end()
	text, unexplained := load.reasons()
	t.Logf("%d Services created, %d mutations lost:\n%s", load.created.Load(), load.lost.Load(), text)
	if n := load.lost.Load() - noticed; n != 0 || unexplained != 0 {
		t.Errorf("%d mutations were lost after the load balancer had noticed, and %d for another reason, want none", n, unexplained)
	}
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
