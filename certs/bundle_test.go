package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"slices"
	"testing"
	"time"
)

// foreign returns an authority that somebody else put into the bundle.
func foreign(t *testing.T, end time.Time) *x509.Certificate {
	t.Helper()
	c, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "foreign"}, NotBefore: day(-100), NotAfter: end,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, mustKey(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withHeaders returns certificates in PEM as some tools write them, and as no pool
// of Go's takes them.
func withHeaders(certificates ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Headers: map[string]string{"Subject": "ours"}, Bytes: c.Raw})...)
	}
	return out
}

// FuzzBundle holds that a bundle is read as the API server reads it: what it
// trusts there, and nothing else, is what is there. What is merged into it the API
// server trusts.
func FuzzBundle(f *testing.F) {
	key, err := newKey()
	if err != nil {
		f.Fatal(err)
	}
	authority, err := newCA(key, names(), day(0))
	if err != nil {
		f.Fatal(err)
	}
	ours := authority.certificate
	block := encodePEM(ours)
	f.Add(block)
	f.Add(withHeaders(ours))
	f.Add(slices.Concat(block[:100], withHeaders(ours), []byte("# a comment\n"), block))
	f.Add(bytes.ReplaceAll(block, []byte("CERTIFICATE"), []byte("TRUSTED CERTIFICATE")))
	f.Add(slices.Concat(block, []byte("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n")))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		want, got := x509.NewCertPool(), x509.NewCertPool()
		want.AppendCertsFromPEM(bundle)
		for _, c := range parseBundle(bundle) {
			got.AddCert(c)
		}
		if !got.Equal(want) {
			t.Errorf("parseBundle(%q) are not the certificates that a pool takes", bundle)
		}
		merged, _ := merge(bundle, []*x509.Certificate{ours}, day(0))
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(merged)
		if _, err := ours.Verify(x509.VerifyOptions{Roots: trusted, CurrentTime: day(0), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			t.Errorf("ours is not trusted by %q: %v", merged, err)
		}
	})
}

func TestMerge(t *testing.T) {
	current, next, ended := mustCA(t, day(0), name).certificate, mustCA(t, day(0), name).certificate, mustCA(t, day(-800), name).certificate
	theirs, theirsEnded := foreign(t, day(10)), foreign(t, day(-1))
	theirsEnding := foreign(t, day(0).Add(-skew/2))
	ours := []*x509.Certificate{current, next}
	for _, tc := range []struct {
		cell    string
		bundle  []byte
		ours    []*x509.Certificate
		want    []*x509.Certificate
		changed bool
	}{
		{"Bundle:none", nil, ours, ours, true},
		{"Bundle:ours", encodePEM(ours...), ours, ours, false},
		{"Bundle:ours in another order", encodePEM(next, current), ours, []*x509.Certificate{next, current}, false},
		{"Bundle:ours with comments", slices.Concat([]byte("# ours\n"), encodePEM(ours...), []byte("\n\n")), ours, ours, false},
		{"Bundle:half of ours", encodePEM(next), ours, []*x509.Certificate{next, current}, true},
		{"Bundle:rubbish", []byte("rubbish"), ours, ours, true},
		{"Bundle:a block of rubbish", slices.Concat([]byte("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"), encodePEM(theirs)), ours, []*x509.Certificate{theirs, current, next}, true},
		{"Bundle:ours, with headers", withHeaders(ours...), ours, ours, true},
		{"Bundle:half of ours, with headers", slices.Concat(withHeaders(current), encodePEM(next)), ours, []*x509.Certificate{next, current}, true},
		{"Bundle:ours, and theirs with headers", slices.Concat(encodePEM(ours...), withHeaders(theirs)), ours, ours, false},
		{"Bundle:theirs", encodePEM(theirs), ours, []*x509.Certificate{theirs, current, next}, true},
		{"Bundle:theirs and ours", encodePEM(current, theirs, next), ours, []*x509.Certificate{current, theirs, next}, false},
		{"Bundle:theirs that has ended", encodePEM(theirsEnded, current, next), ours, ours, true},
		{"Bundle:theirs that ended within the skew", encodePEM(theirsEnding, current, next), ours, []*x509.Certificate{theirsEnding, current, next}, false},
		{"Ours:one has ended", encodePEM(current, ended), []*x509.Certificate{current, ended}, []*x509.Certificate{current}, true},
		{"Ours:one has ended and is not there", encodePEM(current), []*x509.Certificate{current, ended}, []*x509.Certificate{current}, false},
	} {
		t.Run(tc.cell, func(t *testing.T) {
			got, changed := merge(tc.bundle, tc.ours, day(0))
			if parsed := parseBundle(got); !slices.EqualFunc(parsed, tc.want, (*x509.Certificate).Equal) {
				t.Errorf("merge() has %d certificates, want %d, or others", len(parsed), len(tc.want))
			}
			if changed != tc.changed {
				t.Errorf("changed = %t, want %t", changed, tc.changed)
			}
			if !changed && !bytes.Equal(got, tc.bundle) {
				t.Error("the bundle was written anew, want it byte for byte")
			}
			if again, changed := merge(got, tc.ours, day(0)); changed {
				t.Errorf("merged again: %d certificates, want no change", len(parseBundle(again)))
			}
		})
	}
}

// TestMergeIsBounded deletes the Secret a hundred times. What others put in
// stays, and so does the newest of what is gone.
func TestMergeIsBounded(t *testing.T) {
	theirs := foreign(t, day(500))
	bundle := encodePEM(theirs)
	var last, current *x509.Certificate
	for n := range 100 {
		last, current = current, mustCA(t, day(n), name).certificate
		bundle, _ = merge(bundle, []*x509.Certificate{current}, day(n))
	}
	got := parseBundle(bundle)
	if len(got) != 1+maxStray+1 {
		t.Errorf("%d certificates, want %d", len(got), 1+maxStray+1)
	}
	for what, c := range map[string]*x509.Certificate{"theirs": theirs, "the last": last, "the current": current} {
		if !contains(got, c) {
			t.Errorf("the bundle has lost %s", what)
		}
	}
}

// TestMergeByClocksThatDiffer lets two replicas, an hour apart, act by turns
// around the end of an authority: neither may undo what the other does.
func TestMergeByClocksThatDiffer(t *testing.T) {
	ending, current := mustCA(t, day(0), name).certificate, mustCA(t, day(400), name).certificate
	ours := []*x509.Certificate{current, ending}
	bundle, writes := encodePEM(ours...), 0
	for at := ending.NotAfter.Add(-2 * skew); at.Before(ending.NotAfter.Add(3 * skew)); at = at.Add(time.Minute) {
		for _, clock := range []time.Time{at, at.Add(-skew)} {
			var changed bool
			if bundle, changed = merge(bundle, ours, clock); changed {
				writes++
			}
		}
	}
	if writes != 1 {
		t.Errorf("%d writes, want 1, which drops what has ended", writes)
	}
}
