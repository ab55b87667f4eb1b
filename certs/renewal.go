package certs

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"math"
	"time"
)

// renewal returns when to replace the certificate: between 6/10 and 2/3 of its
// life. The moment is drawn from the certificate itself, so that replicas agree
// about the authority that they share, and do not all renew their own leaves at
// once.
func renewal(certificate *x509.Certificate) time.Time {
	sum := sha256.Sum256(certificate.Raw)
	draw := float64(binary.BigEndian.Uint32(sum[:])) / math.MaxUint32
	const from, to = 6.0 / 10, 2.0 / 3
	life := certificate.NotAfter.Sub(certificate.NotBefore)
	return certificate.NotBefore.Add(time.Duration(float64(life) * (from + draw*(to-from))))
}

// due reports whether the certificate should be replaced.
func due(certificate *x509.Certificate, now time.Time) bool {
	return !now.Before(renewal(certificate))
}

// valid reports whether a client whose clock says now accepts the certificate.
func valid(certificate *x509.Certificate, now time.Time) bool {
	return !now.Before(certificate.NotBefore) && !now.After(certificate.NotAfter)
}

// over reports whether the certificate has ended by everybody's clock. Between
// valid and over replicas may disagree, so nobody adds it and nobody drops it.
func over(certificate *x509.Certificate, now time.Time) bool {
	return now.Add(-skew).After(certificate.NotAfter)
}
