package certs

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"time"
)

// maxStray bounds the authorities of ours in a bundle that the Secret knows no
// more: leaves of theirs may be served until the replicas have new ones. Without
// a bound a Secret that is deleted every minute would fill the bundle.
const maxStray = 3

// certificateBlock is the type of a PEM block with a certificate.
const certificateBlock = "CERTIFICATE"

// merge returns the bundle with ours in it, and whether that changes what it
// says. What others put in stays, in its order, until it has ended.
func merge(bundle []byte, ours []*x509.Certificate, now time.Time) (merged []byte, changed bool) {
	before := parseBundle(bundle)
	after := slices.DeleteFunc(slices.Clone(before), func(c *x509.Certificate) bool { return over(c, now) })
	after = slices.DeleteFunc(after, tooManyStrays(after, ours))
	for _, c := range ours {
		if valid(c, now) && !contains(after, c) {
			after = append(after, c)
		}
	}
	if slices.EqualFunc(before, after, (*x509.Certificate).Equal) {
		return bundle, false
	}
	return encodePEM(after...), true
}

// tooManyStrays returns what to delete from a bundle: our strays, but for the
// newest.
func tooManyStrays(bundle, ours []*x509.Certificate) func(*x509.Certificate) bool {
	var strays []*x509.Certificate
	for _, c := range bundle {
		if isOurs(c) && !contains(ours, c) {
			strays = append(strays, c)
		}
	}
	slices.SortStableFunc(strays, func(a, b *x509.Certificate) int { return a.NotBefore.Compare(b.NotBefore) })
	old := strays[:max(0, len(strays)-maxStray)]
	return func(c *x509.Certificate) bool { return contains(old, c) }
}

// isOurs reports whether the certificate looks like one of newCA.
func isOurs(c *x509.Certificate) bool {
	return c.IsCA && c.Subject.CommonName == commonName && c.PermittedDNSDomainsCritical
}

func contains(certificates []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(certificates, c.Equal)
}

// parseBundle returns the certificates of a bundle, each once. What is none is
// passed over, as the API server does, which reads it with
// crypto/x509.CertPool.AppendCertsFromPEM: to that, a block with headers is none.
func parseBundle(bundle []byte) []*x509.Certificate {
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, bundle = pem.Decode(bundle); block == nil {
			return all
		}
		if block.Type != certificateBlock || len(block.Headers) > 0 {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && !contains(all, c) {
			all = append(all, c)
		}
	}
}

// encodePEM returns certificates in PEM, in their order.
func encodePEM(certificates ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: c.Raw})...)
	}
	return out
}
