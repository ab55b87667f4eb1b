package certs

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// The keys of the Secret's data. All but the layout hold PEM; keys that are not
// listed here are left alone.
const (
	keyLayout      = "layout"       // the version of this list: 1
	keyCurrentCert = "current.crt"  // the authority that signs
	keyCurrentKey  = "current.key"  //
	keyNextCert    = "next.crt"     // the one that will, during a rotation
	keyNextKey     = "next.key"     //
	keyPrevious    = "previous.crt" // earlier ones, until they end; their keys are gone
)

const layout = 1

// layoutKeys are all keys that belong to the layout.
func layoutKeys() []string {
	return []string{keyLayout, keyCurrentCert, keyCurrentKey, keyNextCert, keyNextKey, keyPrevious}
}

// decode reads a Secret's data. What makes no sense is left out, and problems
// says what that was, without quoting it. An error means that the layout is of
// a newer release, which must not be touched.
func decode(data map[string][]byte) (a authorities, problems []string, err error) {
	// A number that is out of range comes back as the largest.
	version, err := strconv.Atoi(strings.TrimSpace(string(data[keyLayout])))
	if (err == nil || errors.Is(err, strconv.ErrRange)) && version > layout {
		return a, nil, fmt.Errorf("its layout is %d, of a newer release, and this one knows %d: upgrade, or delete the Secret to begin anew", version, layout)
	}
	note := func(err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	a.current, err = decodeCA(data, keyCurrentCert, keyCurrentKey)
	note(err)
	a.next, err = decodeCA(data, keyNextCert, keyNextKey)
	note(err)
	if previous := data[keyPrevious]; len(previous) > 0 {
		if a.previous, err = cert.ParseCertsPEM(previous); err != nil {
			note(errors.New(keyPrevious + " holds no certificates"))
		}
	}
	return a, problems, nil
}

// decodeCA returns nil if neither key is there. Its errors are words of its own:
// those of parsers may repeat what they parse.
func decodeCA(data map[string][]byte, certKey, keyKey string) (*ca, error) {
	if len(data[certKey]) == 0 && len(data[keyKey]) == 0 {
		return nil, nil
	}
	certificates, err := cert.ParseCertsPEM(data[certKey])
	if err != nil || len(certificates) != 1 || !certificates[0].IsCA {
		return nil, errors.New(certKey + " is not the certificate of one authority")
	}
	parsed, err := keyutil.ParsePrivateKeyPEM(data[keyKey])
	if err != nil {
		return nil, errors.New(keyKey + " is not a private key")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificates[0].PublicKey) {
		return nil, errors.New(keyKey + " does not belong to " + certKey)
	}
	return &ca{certificates[0], key}, nil
}

// encode returns the data of a Secret with these authorities.
func encode(a authorities) (map[string][]byte, error) {
	data := map[string][]byte{keyLayout: []byte(strconv.Itoa(layout))}
	for _, c := range []struct {
		ca              *ca
		certKey, keyKey string
	}{{a.current, keyCurrentCert, keyCurrentKey}, {a.next, keyNextCert, keyNextKey}} {
		if c.ca == nil {
			continue
		}
		key, err := keyutil.MarshalPrivateKeyToPEM(c.ca.key)
		if err != nil {
			return nil, errors.New("encoding the private key of an authority")
		}
		data[c.certKey], data[c.keyKey] = encodePEM(c.ca.certificate), key
	}
	if len(a.previous) > 0 {
		data[keyPrevious] = encodePEM(a.previous...)
	}
	return data, nil
}

// sameLayout reports whether two Secrets' data say the same about authorities.
func sameLayout(a, b map[string][]byte) bool {
	return !slices.ContainsFunc(layoutKeys(), func(key string) bool { return !bytes.Equal(a[key], b[key]) })
}
