package certs

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

// ThrowAway is a source whose certificate lives as long as the process. It is
// for local use: nobody but its maker can trust it.
type ThrowAway struct {
	// Bundle is what a webhook configuration needs for its caBundle, in PEM.
	Bundle      []byte
	certificate tls.Certificate
}

// NewThrowAway makes a certificate for names, which must not be empty, and for
// the loopback addresses.
func NewThrowAway(names []string) (*ThrowAway, error) {
	loopback := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	certPEM, keyPEM, err := cert.GenerateSelfSignedCertKey(names[0], loopback, names[1:])
	if err != nil {
		return nil, fmt.Errorf("making a throw-away certificate: %w", err)
	}
	certificate, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("loading the throw-away certificate: %w", err)
	}
	return &ThrowAway{Bundle: certPEM, certificate: certificate}, nil
}

// GetCertificate returns the certificate; it cannot fail.
func (t *ThrowAway) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &t.certificate, nil
}

// Start has nothing to keep fresh.
func (t *ThrowAway) Start(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Checks returns none: the certificate is there.
func (t *ThrowAway) Checks() map[string]healthz.Checker { return nil }
