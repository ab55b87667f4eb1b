package certs

import (
	"crypto/tls"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

// files is a source that the disk keeps fresh.
type files struct{ *certwatcher.CertWatcher }

// Files returns a source that reads PEM files, and reads them again when they
// change: cert-manager and the kubelet replace them while the program runs, and
// nothing of cert-manager is needed here. An error means that they cannot be
// read now, or do not belong together. The metric of the certificate's end is
// registered, which panics if it is registered already.
func Files(certFile, keyFile string, registry prometheus.Registerer) (Source, error) {
	watcher, err := certwatcher.New(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the serving certificate: %w", err)
	}
	ends := newEnds(registry)
	watcher.RegisterCallback(func(certificate tls.Certificate) { ends.leaf(certificate.Leaf) })
	return files{watcher}, nil
}

// Checks returns none: Files has read the certificate.
func (files) Checks() map[string]healthz.Checker { return nil }
