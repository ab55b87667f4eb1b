package certs_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/cert"

	"github.com/dualstack-dev/webhook/certs"
)

func TestThrowAwayIsTrustedByItsBundle(t *testing.T) {
	source, err := certs.NewThrowAway([]string{"dualstack.system.svc", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	served, err := source.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(source.Bundle) {
		t.Fatal("the bundle holds no certificate")
	}
	for _, name := range []string{"dualstack.system.svc", "localhost", "127.0.0.1", "::1"} {
		if _, err := served.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
			t.Errorf("verifying for %s: %v, want nil", name, err)
		}
	}
	if _, err := served.Leaf.Verify(x509.VerifyOptions{DNSName: "example.com", Roots: roots}); err == nil {
		t.Error("verifying for example.com = nil, want an error")
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePair(t, certFile, keyFile)
	registry := prometheus.NewRegistry()
	source, err := certs.Files(certFile, keyFile, registry)
	if err != nil {
		t.Fatal(err)
	}
	first := served(t, source)
	expectNotAfter(t, registry, first.Leaf.NotAfter)
	stopped := make(chan error)
	ctx, stop := context.WithCancel(t.Context())
	go func() { stopped <- source.Start(ctx) }()

	// Written until it is seen: the watch may begin after the first time.
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 20*time.Second, true, func(context.Context) (bool, error) {
		writePair(t, certFile, keyFile)
		return !bytes.Equal(first.Certificate[0], served(t, source).Certificate[0]), nil
	})
	if err != nil {
		t.Errorf("waiting for another certificate: %v", err)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Errorf("Start() = %v, want nil", err)
	}
}

func TestFilesErrors(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	if _, err := certs.Files(certFile, keyFile, prometheus.NewRegistry()); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("Files(absent) = %v, want an error that names %s", err, certFile)
	}
	writePair(t, certFile, keyFile)
	writePair(t, certFile, filepath.Join(dir, "other.key"))
	if _, err := certs.Files(certFile, keyFile, prometheus.NewRegistry()); err == nil {
		t.Error("Files() of a key that belongs to another certificate = nil, want an error")
	}
}

func served(t *testing.T, source certs.Source) *tls.Certificate {
	t.Helper()
	certificate, err := source.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func writePair(t *testing.T, certFile, keyFile string) {
	t.Helper()
	certPEM, keyPEM, err := cert.GenerateSelfSignedCertKey("localhost", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{certFile: certPEM, keyFile: keyPEM} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// expectNotAfter looks for the one metric of a certificate from files.
func expectNotAfter(t *testing.T, registry *prometheus.Registry, want time.Time) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) != 1 || families[0].GetName() != "dualstack_certificate_not_after_seconds" || len(families[0].GetMetric()) != 1 {
		t.Fatalf("metrics = %v, want dualstack_certificate_not_after_seconds alone, once", families)
	}
	metric := families[0].GetMetric()[0]
	if label, got := metric.GetLabel()[0].GetValue(), metric.GetGauge().GetValue(); label != "leaf" || got != float64(want.Unix()) {
		t.Errorf("metric = %s %v, want leaf %d", label, got, want.Unix())
	}
}
