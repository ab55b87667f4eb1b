package test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// startAuthorities runs two replicas that begin at once, with an empty Secret.
func (c *cluster) startAuthorities(t *testing.T) (first, second *envtest.Server, output *syncBuffer) {
	t.Helper()
	output = &syncBuffer{}
	var replicas [2]*envtest.Server
	var starting sync.WaitGroup
	for i := range replicas {
		starting.Go(func() { replicas[i] = c.startAuthority(t, output) })
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return replicas[0], replicas[1], output
}

// startAuthority runs a replica until the test ends.
func (c *cluster) startAuthority(t *testing.T, output io.Writer) *envtest.Server {
	server, err := c.StartServer(t.Context(), envtest.ServerOptions{
		Binary: c.binary, Output: output, Args: []string{"--shutdown-delay", "0s"},
	})
	if err != nil {
		t.Errorf("%v\n%v", err, output)
		return nil
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stopping a replica: %v\n%v", err, output)
		}
	})
	return server
}

// awaitMutation waits until every bundle holds the authority of the Secret, then
// creates Services until one comes out dual-stack. It says how long that took.
func (c *cluster) awaitMutation(t *testing.T) {
	t.Helper()
	began, asked := time.Now(), 0
	await(t, "a bundle in every webhook", func() bool {
		return !slices.ContainsFunc(c.configuration(t).Webhooks, func(w admissionregistrationv1.MutatingWebhook) bool {
			return !bytes.Contains(w.ClientConfig.CABundle, c.secret(t).Data["current.crt"])
		})
	})
	await(t, "a mutation", func() bool {
		got, err := c.create(t.Context(), "authority", plainWeb)
		if err != nil {
			t.Fatalf("create = %v, want nil whatever becomes of the certificates", err)
		}
		asked++
		return policyOf(got) == "PreferDualStack"
	})
	t.Logf("mutated again after %s, by request %d", time.Since(began).Round(time.Millisecond), asked)
}

// awaitAuthority waits until the Secret holds another authority than old, and
// all replicas serve leaves of it.
func (c *cluster) awaitAuthority(t *testing.T, old []byte, replicas ...*envtest.Server) {
	t.Helper()
	began := time.Now()
	await(t, "leaves of the new authority", func() bool {
		var secret corev1.Secret
		if err := c.client.Get(t.Context(), authoritySecret, &secret); err != nil {
			return false
		}
		current, err := cert.ParseCertsPEM(secret.Data["current.crt"])
		if err != nil || bytes.Equal(secret.Data["current.crt"], old) {
			return false
		}
		for _, replica := range replicas {
			if leaf := servedLeaf(replica.Address); leaf == nil || leaf.CheckSignatureFrom(current[0]) != nil {
				return false
			}
		}
		return true
	})
	t.Logf("all replicas served leaves of the new authority after %s", time.Since(began).Round(time.Millisecond))
}

// servedLeaf returns the certificate that is served at the address, or nil.
func servedLeaf(address string) *x509.Certificate {
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return nil
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0]
}

func (c *cluster) secret(t *testing.T) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	if err := c.client.Get(t.Context(), authoritySecret, secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

func (c *cluster) configuration(t *testing.T) *admissionregistrationv1.MutatingWebhookConfiguration {
	t.Helper()
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Name: ourConfiguration}, configuration); err != nil {
		t.Fatal(err)
	}
	return configuration
}

// distrust wipes the bundles.
func (c *cluster) distrust(t *testing.T) { c.trustOnly(t, nil) }

// trustOnly replaces the bundles.
func (c *cluster) trustOnly(t *testing.T, bundle []byte) {
	t.Helper()
	configuration := c.configuration(t)
	before := configuration.DeepCopy()
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].ClientConfig.CABundle = bundle
	}
	// A patch: the replicas may write at the same time.
	if err := c.client.Patch(t.Context(), configuration, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// syncBuffer is written by several programs.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
