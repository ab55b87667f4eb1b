package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

const name = "dualstack-webhook.dualstack-system.svc"

func names() []string { return []string{name} }

func day(n int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
}

func mustKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustCA(t *testing.T, now time.Time, names ...string) *ca {
	t.Helper()
	c, err := newCA(mustKey(t), names, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verify is what the API server does with a leaf.
func verify(leaf, root *x509.Certificate, dnsName string, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(root)
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: dnsName, Roots: roots, CurrentTime: now})
	return err
}

func TestLeafIsVerified(t *testing.T) {
	authority := mustCA(t, day(0), name, "other")
	issued, err := authority.issue(mustKey(t), names(), day(100))
	if err != nil {
		t.Fatal(err)
	}
	leaf := issued.Leaf
	for _, tc := range []struct {
		cell string
		name string
		at   time.Time
		ok   bool
	}{
		{"Name:ours/Time:now", name, day(100), true},
		{"Name:ours/Time:an hour ago", name, day(100).Add(-skew), true},
		{"Name:ours/Time:more than an hour ago", name, day(100).Add(-skew - time.Second), false},
		{"Name:ours/Time:the last day", name, day(130), true},
		{"Name:ours/Time:after the last day", name, day(130).Add(time.Second), false},
		{"Name:another that the authority permits", "other", day(100), false},
	} {
		if err := verify(leaf, authority.certificate, tc.name, tc.at); (err == nil) != tc.ok {
			t.Errorf("%s: Verify() = %v, want ok = %t", tc.cell, err, tc.ok)
		}
	}
	if leaf.PublicKeyAlgorithm != x509.ECDSA || leaf.PublicKey.(*ecdsa.PublicKey).Curve != elliptic.P256() {
		t.Errorf("the key is %v, want ECDSA P-256", leaf.PublicKeyAlgorithm)
	}
	if leaf.SerialNumber.Cmp(authority.certificate.SerialNumber) == 0 {
		t.Error("leaf and authority have the same serial number")
	}
}

func TestLeafEndsWithItsAuthority(t *testing.T) {
	authority := mustCA(t, day(0), name)
	issued, err := authority.issue(mustKey(t), names(), authority.certificate.NotAfter.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := issued.Leaf.NotAfter, authority.certificate.NotAfter; !got.Equal(want) {
		t.Errorf("NotAfter = %s, want the authority's %s", got, want)
	}
}

// TestConstraints signs what somebody who has the key would like to sign.
func TestConstraints(t *testing.T) {
	authority := mustCA(t, day(0), name)
	for _, tc := range []struct {
		cell     string
		template x509.Certificate
		name     string // to verify it for
		err      string
	}{
		{"Name:ours", x509.Certificate{DNSNames: names()}, name, ""},
		{"Name:another Service", x509.Certificate{DNSNames: []string{"kubernetes.default.svc"}}, "kubernetes.default.svc", "not permitted"},
		{"Name:ours and another", x509.Certificate{DNSNames: []string{name, "example.com"}}, name, "not permitted"},
		{"Address:IPv4", x509.Certificate{DNSNames: names(), IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}}, name, "excluded"},
		{"Address:IPv6", x509.Certificate{DNSNames: names(), IPAddresses: []net.IP{net.ParseIP("2001:db8::1")}}, name, "excluded"},
		{"Use:client", x509.Certificate{DNSNames: names(), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, name, "key usage"},
	} {
		tc.template.NotBefore, tc.template.NotAfter = day(0), day(1)
		tc.template.Subject = pkix.Name{CommonName: commonName}
		leaf, err := sign(&tc.template, mustKey(t), authority)
		if err != nil {
			t.Fatal(err)
		}
		err = verify(leaf, authority.certificate, tc.name, day(0))
		if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
			t.Errorf("%s: Verify() = %v, want an error with %q", tc.cell, err, tc.err)
		}
	}
}

func TestConstraintsForbidAnotherAuthority(t *testing.T) {
	root := mustCA(t, day(0), name)
	key := mustKey(t)
	below, err := sign(&x509.Certificate{
		NotBefore: day(0), NotAfter: day(1), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "below"},
	}, key, root)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := (&ca{below, key}).issue(mustKey(t), names(), day(0))
	if err != nil {
		t.Fatal(err)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root.certificate)
	between.AddCert(below)
	if _, err := issued.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: day(0)}); err == nil {
		t.Error("Verify() of a leaf of an authority below ours = nil, want an error")
	}
}

func TestRenewal(t *testing.T) {
	authority := mustCA(t, day(0), name)
	earliest, latest := 1.0, 0.0
	for range 50 {
		issued, err := authority.issue(mustKey(t), names(), day(0))
		if err != nil {
			t.Fatal(err)
		}
		leaf := issued.Leaf
		at := renewal(leaf)
		part := float64(at.Sub(leaf.NotBefore)) / float64(leaf.NotAfter.Sub(leaf.NotBefore))
		earliest, latest = min(earliest, part), max(latest, part)
		if due(leaf, at.Add(-time.Second)) || !due(leaf, at) {
			t.Errorf("due() does not begin at renewal(), %s", at)
		}
		if again := renewal(leaf); !again.Equal(at) {
			t.Errorf("renewal() = %s, then %s", at, again)
		}
	}
	if earliest < 0.6 || latest > 2.0/3+1e-9 || latest-earliest < 0.02 {
		t.Errorf("renewals are spread from %.3f to %.3f of the life, want over 0.6 to 0.667", earliest, latest)
	}
}

// TestPrintedAuthorityHidesItsKey prints an authority in every way that a log or
// an error could.
func TestPrintedAuthorityHidesItsKey(t *testing.T) {
	authority := mustCA(t, day(0), name)
	secret, err := authority.key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	hidden := []string{
		fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprintf("%v", secret),
		authority.key.D.String(), //nolint:staticcheck // It is what fmt would print.
	}
	for _, value := range []any{authority, *authority, authorities{current: authority}, &authorities{next: authority}} {
		for _, verb := range []string{"%v", "%+v", "%s", "%#v", "%x"} {
			printed := fmt.Sprintf(verb, value)
			for _, h := range hidden {
				if strings.Contains(printed, h) {
					t.Errorf("Sprintf(%s, %T) holds the private key", verb, value)
				}
			}
		}
	}
}
