package certs

import (
	"crypto/x509"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustEncode(t testing.TB, a authorities) map[string][]byte {
	t.Helper()
	data, err := encode(a)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLayoutRoundTrip(t *testing.T) {
	current, next, gone := mustCA(t, day(0), name), mustCA(t, day(1), name), mustCA(t, day(-1), name)
	for _, tc := range []struct {
		cell string
		a    authorities
		keys []string
	}{
		{"Rotation:none", authorities{current: current}, []string{"current.crt", "current.key", "layout"}},
		{"Rotation:under way", authorities{current: current, next: next}, []string{"current.crt", "current.key", "layout", "next.crt", "next.key"}},
		{"Rotation:over", authorities{current: next, previous: []*x509.Certificate{current.certificate, gone.certificate}}, []string{"current.crt", "current.key", "layout", "previous.crt"}},
	} {
		data := mustEncode(t, tc.a)
		if diff := cmp.Diff(tc.keys, slices.Sorted(maps.Keys(data))); diff != "" {
			t.Errorf("%s: keys (-want +got):\n%s", tc.cell, diff)
		}
		got, problems, err := decode(data)
		if err != nil || problems != nil {
			t.Errorf("%s: decode() = %v, %v, want neither problems nor an error", tc.cell, problems, err)
		}
		if !sameLayout(data, mustEncode(t, got)) {
			t.Errorf("%s: decoded and encoded again it is another", tc.cell)
		}
		if got.next == nil != (tc.a.next == nil) || len(got.previous) != len(tc.a.previous) {
			t.Errorf("%s: decode() = %+v, want %+v", tc.cell, got, tc.a)
		}
	}
}

// TestLayoutRubbish edits the data as people and accidents do. What is whole is
// kept, and nothing of what is not is repeated.
func TestLayoutRubbish(t *testing.T) {
	current, next := mustCA(t, day(0), name), mustCA(t, day(0), name)
	leaf, err := current.issue(mustKey(t), names(), day(0))
	if err != nil {
		t.Fatal(err)
	}
	whole := mustEncode(t, authorities{current: current, next: next, previous: []*x509.Certificate{mustCA(t, day(0), name).certificate}})
	for _, tc := range []struct {
		cell          string
		key           string
		value         []byte
		problem       string // empty for none
		current, next bool   // are kept
	}{
		{"Layout:missing", "layout", nil, "", true, true},
		{"Layout:rubbish", "layout", []byte("one"), "", true, true},
		{"CurrentCert:missing", "current.crt", nil, "current.crt is not the certificate of one authority", false, true},
		{"CurrentCert:rubbish", "current.crt", []byte("rubbish"), "current.crt is not the certificate of one authority", false, true},
		{"CurrentCert:a leaf", "current.crt", encodePEM(leaf.Leaf), "current.crt is not the certificate of one authority", false, true},
		{"CurrentCert:two", "current.crt", encodePEM(current.certificate, next.certificate), "current.crt is not the certificate of one authority", false, true},
		{"CurrentCert:another's", "current.crt", encodePEM(next.certificate), "current.key does not belong to current.crt", false, true},
		{"CurrentCert:with headers", "current.crt", withHeaders(current.certificate), "current.crt is not the certificate of one authority", false, true},
		{"CurrentKey:missing", "current.key", nil, "current.key is not a private key", false, true},
		{"CurrentKey:cut", "current.key", whole["current.key"][:100], "current.key is not a private key", false, true},
		{"CurrentKey:another's", "current.key", whole["next.key"], "current.key does not belong to current.crt", false, true},
		{"NextKey:rubbish", "next.key", []byte("rubbish"), "next.key is not a private key", true, false},
		{"Previous:rubbish", "previous.crt", []byte("rubbish"), "previous.crt holds no certificates", true, true},
		{"Previous:with headers", "previous.crt", withHeaders(current.certificate), "previous.crt holds no certificates", true, true},
		{"Another key:rubbish", "note", []byte("rubbish"), "", true, true},
	} {
		t.Run(tc.cell, func(t *testing.T) {
			data := maps.Clone(whole)
			data[tc.key] = tc.value
			got, problems, err := decode(data)
			if err != nil {
				t.Fatalf("decode() = %v, want no error", err)
			}
			if all := strings.Join(problems, "; "); all != tc.problem {
				t.Errorf("problems = %q, want %q", all, tc.problem)
			}
			if (got.current != nil) != tc.current || (got.next != nil) != tc.next {
				t.Errorf("current, next = %v, %v, want kept: %t, %t", got.current, got.next, tc.current, tc.next)
			}
		})
	}
}

func TestLayoutOfANewerRelease(t *testing.T) {
	data := mustEncode(t, authorities{current: mustCA(t, day(0), name)})
	for _, version := range []string{"2", "2\n", "99999999999999999999"} {
		data["layout"] = []byte(version)
		if _, _, err := decode(data); err == nil || !strings.Contains(err.Error(), "upgrade, or delete the Secret") {
			t.Errorf("decode(layout %q) = %v, want an error that says what to do", version, err)
		}
	}
}

// FuzzDecode wants no panic, no quotation, and a result that can be written.
func FuzzDecode(f *testing.F) {
	key, err := newKey()
	if err != nil {
		f.Fatal(err)
	}
	current, err := newCA(key, names(), day(0))
	if err != nil {
		f.Fatal(err)
	}
	data := mustEncode(f, authorities{current: current})
	f.Add([]byte("1"), data["current.crt"], data["current.key"], []byte(nil))
	f.Add([]byte("x"), []byte("rubbish"), []byte("-----BEGIN EC PRIVATE KEY-----\nQUJD\n-----END EC PRIVATE KEY-----\n"), data["current.crt"])
	f.Fuzz(func(t *testing.T, version, crt, key, previous []byte) {
		a, problems, err := decode(map[string][]byte{"layout": version, "current.crt": crt, "current.key": key, "previous.crt": previous})
		if err != nil {
			return
		}
		said := strings.Join(problems, "\n")
		for _, quoted := range []string{string(key), base64.StdEncoding.EncodeToString(key)} {
			if len(quoted) > 40 && strings.Contains(said, quoted) {
				t.Errorf("problems quote the private key: %q", said)
			}
		}
		if _, problems, err := decode(mustEncode(t, a)); err != nil || len(problems) > 0 {
			t.Errorf("what was kept has problems: %v, %v", problems, err)
		}
	})
}
