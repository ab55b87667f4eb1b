// Package certs provides the certificate that the webhook serves with.
package certs

import (
	"context"
	"crypto/tls"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

// A Source provides the serving certificate.
type Source interface {
	// GetCertificate is for tls.Config.
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Start keeps the certificate fresh until ctx is done.
	Start(ctx context.Context) error
}

// Files returns a source that reads PEM files, and reads them again when they
// change: cert-manager and the kubelet replace them while the program runs. An
// error means that they cannot be read now, or do not belong together.
func Files(certFile, keyFile string) (Source, error) {
	watcher, err := certwatcher.New(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the serving certificate: %w", err)
	}
	return watcher, nil
}
