package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"slices"
	"time"
)

const (
	caLife   = 2 * 365 * 24 * time.Hour
	leafLife = 30 * 24 * time.Hour

	// skew is how much the clocks of replicas and API servers may differ. What is
	// made now is valid from an hour ago.
	skew = time.Hour

	// commonName is on all certificates that are made here. No client looks at it.
	commonName = "dualstack-webhook"
)

// A ca signs leaves: the certificate of an authority, and its private key.
type ca struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newKey returns a private key, for one certificate only.
func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a private key: %w", err)
	}
	return key, nil
}

// newCA makes an authority that is good for names and nothing else: whoever
// gets its key can sign for no other name, for no address, and no other
// authority.
func newCA(key *ecdsa.PrivateKey, names []string, now time.Time) (*ca, error) {
	certificate, err := sign(&x509.Certificate{
		Subject:                     pkix.Name{CommonName: commonName},
		NotBefore:                   now.Add(-skew),
		NotAfter:                    now.Add(caLife),
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomains:         names,
		PermittedDNSDomainsCritical: true,
		ExcludedIPRanges: []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		},
	}, key, nil)
	if err != nil {
		return nil, fmt.Errorf("making an authority: %w", err)
	}
	return &ca{certificate, key}, nil
}

// issue makes a leaf for names, which the authority must permit. It does not
// outlive its authority.
func (c *ca) issue(key *ecdsa.PrivateKey, names []string, now time.Time) (*tls.Certificate, error) {
	end := now.Add(leafLife)
	if end.After(c.certificate.NotAfter) {
		end = c.certificate.NotAfter
	}
	leaf, err := sign(&x509.Certificate{
		Subject:               pkix.Name{CommonName: commonName},
		NotBefore:             now.Add(-skew),
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:              names,
	}, key, c)
	if err != nil {
		return nil, fmt.Errorf("issuing a serving certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// sign returns the certificate of key, signed by issuer, or by itself if issuer
// is nil. The serial number is random.
func sign(template *x509.Certificate, key *ecdsa.PrivateKey, issuer *ca) (*x509.Certificate, error) {
	if issuer == nil {
		issuer = &ca{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.certificate, key.Public(), issuer.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// permits reports whether c may sign a leaf for names at now.
func (c *ca) permits(names []string, now time.Time) bool {
	return valid(c.certificate, now) && !slices.ContainsFunc(names, func(name string) bool {
		return !slices.Contains(c.certificate.PermittedDNSDomains, name)
	})
}

// String names the authority without its key, whoever prints it.
func (c *ca) String() string { return "authority " + serial(c.certificate) }

// serial returns the serial number as openssl prints it.
func serial(certificate *x509.Certificate) string {
	return fmt.Sprintf("%X", certificate.SerialNumber)
}
