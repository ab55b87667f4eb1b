package certmanager

import (
	"crypto/ecdsa"
	"strings"
	"testing"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// testRenewal renews the leaf under load.
func (c *cluster) testRenewal(t *testing.T, server *envtest.Server) {
	before, signer := c.issued(t, leaf)
	load := c.startLoad(t)
	c.follow(t, server, "Renewal and rotation")
	after, _ := c.issued(t, leaf)
	if before.PublicKey.(*ecdsa.PublicKey).Equal(after.PublicKey) {
		t.Error("the leaf has kept its key")
	}
	load.more(t)
	c.sync(t, server)
	load.more(t)
	load.end(t)
	c.reconnect(t)
	if !c.trusts(t, signer) {
		t.Error("the bundles have changed, want the authority that they had")
	}
	c.wantTrusted(t, server)
}

// testRotation renews the authority under load, and then the leaf. The CA injector
// adds the next authority to the bundles and leaves the one before, so nothing is
// lost while the program serves the leaf before.
func (c *cluster) testRotation(t *testing.T, server *envtest.Server) {
	old, _ := c.issued(t, authority)
	before, _ := c.issued(t, leaf)
	load := c.startLoad(t)
	c.renew(t, authority)
	next, _ := c.issued(t, authority)
	if old.PublicKey.(*ecdsa.PublicKey).Equal(next.PublicKey) {
		t.Error("the authority has kept its key")
	}
	load.more(t)
	if still, _ := c.issued(t, leaf); !still.Equal(before) || !c.trusts(t, old) {
		t.Error("the authority's renewal has changed the leaf or the bundles")
	}
	c.renew(t, leaf)
	if after, _ := c.issued(t, leaf); after.CheckSignatureFrom(next) != nil {
		t.Error("the leaf is not of the next authority")
	}
	c.awaitBundles(t, old, next)
	c.wantTrusted(t, server)
	load.more(t)
	c.sync(t, server)
	load.more(t)
	load.end(t)
	c.wantTrusted(t, server)
	c.reconnect(t)
}

// testLeak replaces the authority under load. Nothing is lost before the bundles
// are emptied, and nothing after they have been filled again.
func (c *cluster) testLeak(t *testing.T, server *envtest.Server) {
	old, _ := c.issued(t, authority)
	load := c.startLoad(t)
	var began time.Time
	for _, command := range commands(t, "After a leak") {
		if strings.HasPrefix(command, "kubectl patch") {
			load.more(t)
			if n := load.lost.Load(); n != 0 {
				t.Errorf("%d mutations were lost before the bundles were emptied", n)
			}
			began = time.Now()
		}
		c.run(t, server, command)
	}
	next, _ := c.issued(t, authority)
	if next.Equal(old) {
		t.Error("the authority is the one before")
	}
	c.awaitBundles(t, next)
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("mutated again %s after the bundles were emptied", time.Since(began).Round(time.Millisecond))
	load.more(t) // Among these is what was asked for before.
	lost := load.lost.Load()
	load.more(t)
	load.stop()
	t.Logf("%d Services created, %d mutations lost", load.created.Load(), load.lost.Load())
	if n := load.lost.Load(); n != lost {
		t.Errorf("%d mutations were lost after the bundles were filled again", n-lost)
	}
	c.wantTrusted(t, server)
	c.reconnect(t)
}

// testIssuer has the leaf come from an Issuer that is there already.
func (c *cluster) testIssuer(t *testing.T, server *envtest.Server) {
	c.createCompany(t)
	revision := *c.certificate(t, leaf).Status.Revision
	old, _ := c.issued(t, authority)
	load := c.startLoad(t)
	c.follow(t, server, "An issuer of yours")
	c.awaitRevision(t, leaf, revision+1)
	company, _ := c.issued(t, "company")
	c.awaitBundles(t, old, company)
	c.wantTrusted(t, server)
	load.more(t)
	c.sync(t, server)
	load.more(t)
	load.end(t)
	c.wantTrusted(t, server)
	c.reconnect(t)
}

// createCompany creates an authority and its Issuer in the release's namespace.
func (c *cluster) createCompany(t *testing.T) {
	t.Helper()
	metadata := metav1.ObjectMeta{Namespace: envtest.Namespace, Name: "company"}
	root := metav1.ObjectMeta{Namespace: envtest.Namespace, Name: "company-root"}
	for _, object := range []client.Object{
		&certmanagerv1.Issuer{ObjectMeta: root, Spec: certmanagerv1.IssuerSpec{IssuerConfig: certmanagerv1.IssuerConfig{SelfSigned: &certmanagerv1.SelfSignedIssuer{}}}},
		&certmanagerv1.Certificate{ObjectMeta: metadata, Spec: certmanagerv1.CertificateSpec{
			IsCA: true, CommonName: "company", SecretName: "company", IssuerRef: cmmeta.IssuerReference{Name: root.Name},
		}},
		&certmanagerv1.Issuer{ObjectMeta: metadata, Spec: certmanagerv1.IssuerSpec{IssuerConfig: certmanagerv1.IssuerConfig{CA: &certmanagerv1.CAIssuer{SecretName: "company"}}}},
	} {
		if err := c.client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	c.awaitRevision(t, "company", 1)
}
