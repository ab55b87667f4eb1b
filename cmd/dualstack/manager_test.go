package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/certs"
)

// TestHandshake offers the webhook server what clients of many kinds offer.
func TestHandshake(t *testing.T) {
	source, err := certs.NewThrowAway([]string{"webhook.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	address := listenTLS(t, source)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(source.Bundle)

	for _, tc := range []struct {
		name     string
		client   *tls.Config
		protocol string
		err      string // empty for a handshake that succeeds
	}{
		{name: "Protocols:none", client: &tls.Config{}},
		{name: "Protocols:http/1.1", client: &tls.Config{NextProtos: []string{"http/1.1"}}, protocol: "http/1.1"},
		{name: "Protocols:h2,http/1.1", client: &tls.Config{NextProtos: []string{"h2", "http/1.1"}}, protocol: "http/1.1"},
		{name: "Protocols:h2", client: &tls.Config{NextProtos: []string{"h2"}}, err: "no application protocol"},
		{name: "Version:1.2", client: &tls.Config{MaxVersion: tls.VersionTLS12}, err: "protocol version not supported"},
		{name: "Name:other", client: &tls.Config{ServerName: "other.example.com"}, err: "not other.example.com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.client.RootCAs = roots
			if tc.client.ServerName == "" {
				tc.client.ServerName = "webhook.example.com"
			}
			conn, err := tls.Dial("tcp", address, tc.client)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("handshake = %v, want an error with %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatalf("handshake = %v, want nil", err)
			}
			defer func() { _ = conn.Close() }()
			state := conn.ConnectionState()
			if state.Version != tls.VersionTLS13 || state.NegotiatedProtocol != tc.protocol {
				t.Errorf("negotiated %s and %q, want TLS 1.3 and %q", tls.VersionName(state.Version), state.NegotiatedProtocol, tc.protocol)
			}
		})
	}
}

// listenTLS serves as controller-runtime's webhook server does, which begins
// with h2 and lets the options change that:
// sigs.k8s.io/controller-runtime/pkg/webhook/server.go. It returns the address.
func listenTLS(t *testing.T, source certs.Source) string {
	t.Helper()
	config := &tls.Config{NextProtos: []string{"h2"}}
	tlsOptions(source)(config)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	address := server.Listener.Addr().String()
	server.Listener = tls.NewListener(server.Listener, config)
	server.Start()
	t.Cleanup(server.Close)
	return address
}
