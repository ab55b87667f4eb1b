package certmanager

import (
	"crypto/x509"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// The names of the chart's Certificates, and of the webhook configuration.
const (
	leaf          = "dualstack-webhook"
	authority     = "dualstack-webhook-authority"
	configuration = "zz-dualstack-webhook"
)

// cluster is a control plane with cert-manager, and the namespace shop.
type cluster struct {
	*envtest.ControlPlane
	client client.Client
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{ControlPlane: envtest.ForTest(t, envtest.Options{})}
	startCertManager(t, c.ControlPlane)
	var err error
	if c.client, err = client.New(c.Config(), client.Options{Scheme: newScheme(t)}); err != nil {
		t.Fatal(err)
	}
	for name, labels := range map[string]map[string]string{
		envtest.Namespace: nil,
		"dualstack-probe": {"dualstack.dev/mode": "apply"},
		"shop":            {"dualstack.dev/mode": "apply"},
	} {
		namespace := &corev1.Namespace{}
		namespace.Name, namespace.Labels = name, labels
		if err := c.client.Create(t.Context(), namespace); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// serve runs the release's container until the test ends, and makes the API
// server call it.
func (c *cluster) serve(t *testing.T) *envtest.Server {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "dualstack")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", binary, "./cmd/dualstack").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	output := &strings.Builder{}
	server, err := c.StartServer(t.Context(), envtest.ServerOptions{Binary: binary, Args: []string{"--shutdown-delay", "0s"}, Output: output})
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
	return server
}

// renew does what cmctl renew does, and waits until cert-manager has issued once
// more.
func (c *cluster) renew(t *testing.T, name string) {
	t.Helper()
	certificate := c.certificate(t, name)
	before := *certificate.Status.Revision
	apiutil.SetCertificateCondition(certificate, certificate.Generation, certmanagerv1.CertificateConditionIssuing,
		cmmeta.ConditionTrue, "ManuallyTriggered", "Certificate re-issuance manually triggered")
	if err := c.client.Status().Update(t.Context(), certificate); err != nil {
		t.Fatal(err)
	}
	c.awaitRevision(t, name, before+1)
}

// awaitRevision waits until the Certificate has been issued for the nth time.
func (c *cluster) awaitRevision(t *testing.T, name string, n int) {
	t.Helper()
	await(t, fmt.Sprintf("revision %d of the Certificate %s", n, name), func() bool {
		certificate := c.certificate(t, name)
		ready := certmanagerv1.CertificateCondition{Type: certmanagerv1.CertificateConditionReady, Status: cmmeta.ConditionTrue}
		return certificate.Status.Revision != nil && *certificate.Status.Revision >= n && apiutil.CertificateHasCondition(certificate, ready)
	})
}

func (c *cluster) certificate(t *testing.T, name string) *certmanagerv1.Certificate {
	t.Helper()
	certificate := &certmanagerv1.Certificate{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: envtest.Namespace, Name: name}, certificate); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// issued returns what is in the Certificate's Secret: the certificate, and the
// authority that has signed it.
func (c *cluster) issued(t *testing.T, name string) (certificate, signer *x509.Certificate) {
	t.Helper()
	var secret corev1.Secret
	key := client.ObjectKey{Namespace: envtest.Namespace, Name: c.certificate(t, name).Spec.SecretName}
	if err := c.client.Get(t.Context(), key, &secret); err != nil {
		t.Fatal(err)
	}
	return parseOne(t, secret.Data["tls.crt"]), parseOne(t, secret.Data["ca.crt"])
}

// bundles returns the certificates that each webhook trusts.
func (c *cluster) bundles(t *testing.T) [][]*x509.Certificate {
	t.Helper()
	var bundles [][]*x509.Certificate
	for _, webhook := range c.configuration(t).Webhooks {
		bundle, err := cert.ParseCertsPEM(webhook.ClientConfig.CABundle)
		if err != nil {
			bundle = nil // It is empty.
		}
		bundles = append(bundles, bundle)
	}
	return bundles
}

func (c *cluster) configuration(t *testing.T) *admissionregistrationv1.MutatingWebhookConfiguration {
	t.Helper()
	object := &admissionregistrationv1.MutatingWebhookConfiguration{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Name: configuration}, object); err != nil {
		t.Fatal(err)
	}
	return object
}
