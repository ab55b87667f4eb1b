package certmanager

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// load creates Services until it is stopped.
type load struct {
	cluster       *cluster
	created, lost atomic.Int64
	stop          func()
}

// startLoad begins with four clients.
func (c *cluster) startLoad(t *testing.T) *load {
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cluster: c}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for ctx.Err() == nil {
				service, err := c.service(t.Context(), client.DryRunAll)
				if t.Context().Err() != nil {
					return // The test has failed elsewhere.
				}
				if err != nil {
					t.Errorf("create under load: %v", err)
					return
				}
				l.created.Add(1)
				if !mutated(service) {
					l.lost.Add(1)
				}
			}
		})
	}
	l.stop = func() { cancel(); workers.Wait() }
	t.Cleanup(l.stop)
	return l
}

// more waits for a hundred more.
func (l *load) more(t *testing.T) {
	t.Helper()
	from := l.created.Load()
	await(t, "load", func() bool { return l.created.Load() > from+100 })
}

// end stops it, and wants nothing lost.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop()
	t.Logf("%d Services created, %d mutations lost", l.created.Load(), l.lost.Load())
	if n := l.lost.Load(); n != 0 {
		t.Errorf("%d of %d mutations were lost; calls that have failed so far: %v", n, l.created.Load(), l.cluster.FailedOpen())
	}
}

// service creates a Service in the namespace shop, and returns what comes out.
func (c *cluster) service(ctx context.Context, options ...client.CreateOption) (*corev1.Service, error) {
	service := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
	service.Namespace, service.GenerateName = "shop", "web-"
	err := c.client.Create(ctx, service, options...)
	return service, err
}

func mutated(service *corev1.Service) bool {
	return *service.Spec.IPFamilyPolicy == corev1.IPFamilyPolicyPreferDualStack
}

// sync plays the kubelet, and waits until the program serves what has been issued.
func (c *cluster) sync(t *testing.T, server *envtest.Server) {
	t.Helper()
	await(t, "the files", func() bool { return server.SyncVolumes(t.Context()) == nil })
	began := time.Now()
	want, _ := c.issued(t, leaf)
	await(t, "the leaf that has been issued", func() bool { return served(t, server).Equal(want) })
	t.Logf("served %s after its files were there", time.Since(began).Round(time.Millisecond))
}

// wantTrusted does with every bundle what the API server does.
func (c *cluster) wantTrusted(t *testing.T, server *envtest.Server) {
	t.Helper()
	for i, bundle := range c.bundles(t) {
		roots := x509.NewCertPool()
		for _, root := range bundle {
			roots.AddCert(root)
		}
		if _, err := served(t, server).Verify(x509.VerifyOptions{DNSName: envtest.DNSName, Roots: roots}); err != nil {
			t.Errorf("webhook %d: %v", i, err)
		}
	}
}

// reconnect has the API server see the leaf that is served now: the connections
// that it has kept were made with an earlier one. No load may run.
func (c *cluster) reconnect(t *testing.T) {
	t.Helper()
	c.Disconnect()
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Error(err)
	}
}

// served returns the certificate that the program serves.
func served(t *testing.T, server *envtest.Server) *x509.Certificate {
	t.Helper()
	conn, err := tls.Dial("tcp", server.Address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0]
}

// awaitBundles waits until every webhook trusts these authorities and no others.
func (c *cluster) awaitBundles(t *testing.T, want ...*x509.Certificate) {
	t.Helper()
	began := time.Now()
	await(t, "the bundles", func() bool { return c.trusts(t, want...) })
	t.Logf("injected after %s", time.Since(began).Round(time.Millisecond))
}

// trusts reports whether every webhook trusts these authorities and no others.
func (c *cluster) trusts(t *testing.T, want ...*x509.Certificate) bool {
	t.Helper()
	return !slices.ContainsFunc(c.bundles(t), func(bundle []*x509.Certificate) bool {
		return !slices.EqualFunc(bundle, want, (*x509.Certificate).Equal)
	})
}

func parseOne(t *testing.T, pem []byte) *x509.Certificate {
	t.Helper()
	certificates, err := cert.ParseCertsPEM(pem)
	if err != nil {
		t.Fatal(err)
	}
	return certificates[0]
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
