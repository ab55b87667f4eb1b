package envtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestProxyTunnelsToTheBackend(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		_, _ = fmt.Fprintf(w, "%s of %d bytes", req.URL.Path, len(body))
	}))
	defer backend.Close()
	p, dial := newProxy(t)
	p.route("10.96.0.7:443", Backend(backend.Listener.Addr().String()))

	client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return dial("10.96.0.7:443")
	}}}
	defer client.CloseIdleConnections()
	response, err := client.Post("http://service/pods/apply", "", strings.NewReader(strings.Repeat("x", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/pods/apply of 1048576 bytes"; string(got) != want {
		t.Errorf("answer = %q, want %q", got, want)
	}
}

func TestProxyRefuses(t *testing.T) {
	p, dial := newProxy(t)
	p.route("10.96.0.8:443", func() (string, error) { return "", errors.New("nobody is ready") })
	p.route("10.96.0.9:443", Backend("127.0.0.1:1"))
	for address, want := range map[string]string{
		"10.96.0.7:443": "no route to 10.96.0.7:443",
		"10.96.0.8:443": "nobody is ready",
		"10.96.0.9:443": "connection refused",
	} {
		if _, err := dial(address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("dial(%s) = %v, want an error with %q", address, err, want)
		}
	}
}

// newProxy starts a proxy, and returns how an API server dials through it.
func newProxy(t *testing.T) (*proxy, func(address string) (net.Conn, error)) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	p, err := startProxy(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("stopping the proxy: %v", err)
		}
	})
	return p, func(address string) (net.Conn, error) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return nil, err
		}
		request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n"
		if _, err := io.WriteString(conn, request); err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), &http.Request{Method: http.MethodConnect})
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			reason, _ := io.ReadAll(response.Body)
			return nil, errors.Join(errors.New(string(reason)), response.Body.Close(), conn.Close())
		}
		return conn, nil
	}
}
