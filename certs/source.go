// Package certs provides the certificate that the webhook serves with: from
// files, which cert-manager or the user writes, or from an authority of its own.
package certs

import (
	"context"
	"crypto/tls"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

// A Source provides the serving certificate.
type Source interface {
	// GetCertificate is for tls.Config. It waits for nobody.
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Start keeps the certificate fresh until ctx is done.
	Start(ctx context.Context) error
	// Checks returns the readiness checks by name: what must hold before the first
	// request. There are none where the certificate is there from the start.
	Checks() map[string]healthz.Checker
}
