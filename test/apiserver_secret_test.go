package test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestSecret installs the chart with a Secret of the user's own, whose certificate
// changes under load, from one authority's to another's. An upgrade leaves the
// bundles that the user has written.
func TestSecret(t *testing.T) {
	c := startBare(t, envtest.Options{})
	c.namespace(t, "dualstack-probe", applied, nil)
	c.namespace(t, "shop", applied, nil)
	c.namespace(t, envtest.Namespace, nil, nil)
	c.helm(t, "install", envtest.Release, chart, "--set", "certificates.mode=secret,certificates.secret.name=own,webhook.timeoutSeconds=30")
	own, old := selfSigned(t)
	if err := c.client.Create(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	server := c.start(t, []string{"--shutdown-delay", "0s"})
	c.route(t, envtest.Backend(server.Address))
	c.trust(t, old)
	load := c.startLoad(t, "shop", 4)
	load.more(t)

	replacement, next := selfSigned(t)
	c.trust(t, slices.Concat(old, next))
	own.Data = replacement.Data
	if err := c.client.Update(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	load.more(t)
	if err := server.SyncVolumes(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := parseOne(t, own.Data[corev1.TLSCertKey])
	await(t, "the next certificate", func() bool { return servedLeaf(server.Address).Equal(want) })
	load.more(t)
	c.trust(t, next)
	load.more(t)
	c.helm(t, "upgrade", envtest.Release, chart, "--reset-then-reuse-values", "--set", "webhook.excludedNamespaces={other}")
	load.more(t)
	load.stop(t)

	c.Disconnect()
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Errorf("after an upgrade: %v", err)
	}
}

// trust writes the bundles.
func (c *cluster) trust(t *testing.T, bundle []byte) {
	t.Helper()
	if err := c.Trust(t.Context(), bundle); err != nil {
		t.Fatal(err)
	}
}

// selfSigned returns a Secret with a certificate for the release's Service, and
// the bundle with its authority.
func selfSigned(t *testing.T) (own *corev1.Secret, bundle []byte) {
	t.Helper()
	certificate, key, err := cert.GenerateSelfSignedCertKey(envtest.DNSName, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	own = &corev1.Secret{
		Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key},
	}
	own.Namespace, own.Name = envtest.Namespace, "own"
	return own, certificate
}
