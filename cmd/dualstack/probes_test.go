package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

func TestChecks(t *testing.T) {
	broken := func(*http.Request) error { return errors.New("the Secret ns/name is immutable\nand more") }
	for _, tc := range []struct {
		cell   string
		checks checks
		path   string
		status int
		body   string
	}{
		{"Checks:pass", checks{"b": healthz.Ping, "a": healthz.Ping}, "/", http.StatusOK, "ok"},
		{"Checks:pass/Verbose", checks{"b": healthz.Ping, "a": healthz.Ping}, "/?verbose", http.StatusOK, "[+]a ok\n[+]b ok\ncheck passed\n"},
		{"Checks:one fails", checks{"b": healthz.Ping, "a": broken}, "/", http.StatusInternalServerError, "[-]a failed: the Secret ns/name is immutable; and more\n[+]b ok\ncheck failed\n"},
	} {
		response := httptest.NewRecorder()
		tc.checks.ServeHTTP(response, httptest.NewRequest(http.MethodGet, tc.path, nil))
		if response.Code != tc.status || response.Body.String() != tc.body {
			t.Errorf("%s: %d %q, want %d %q", tc.cell, response.Code, response.Body, tc.status, tc.body)
		}
	}
}

func TestReach(t *testing.T) {
	r := reach{log: zap.NewNop()}
	if err := r.ready(nil); err == nil {
		t.Error("ready() before anything was asked = nil, want an error")
	}
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	client := &http.Client{Transport: r.wrap(http.DefaultTransport)}
	ask := func(url string) error {
		response, err := client.Get(url)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	if err := ask("http://127.0.0.1:1"); !errors.Is(err, errors.Unwrap(r.ready(nil))) {
		t.Errorf("ready() = %v, want that it says %v", r.ready(nil), err)
	}
	if err := ask(server.URL + "/api/v1/namespaces"); err != nil {
		t.Fatal(err)
	}
	if got, want := r.ready(nil), "GET /api/v1/namespaces: 503 Service Unavailable"; got == nil || !strings.Contains(got.Error(), want) {
		t.Errorf("ready() = %v, want that it says %s", got, want)
	}
	status = http.StatusOK
	if err := ask(server.URL); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if err := ask(server.URL); err == nil {
		t.Fatal("a server that is closed has answered")
	}
	if err := r.ready(nil); err != nil {
		t.Errorf("ready() = %v, want nil once there was an answer", err)
	}
}
