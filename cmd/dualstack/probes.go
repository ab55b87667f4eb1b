package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// addProbes adds the server of /healthz and /readyz, unless the address is empty. The
// manager's own would withhold what stands against a check, which is what whoever
// looks wants to know; no check of ours has a secret to tell.
func addProbes(ctx context.Context, mgr manager.Manager, address string, ready map[string]healthz.Checker) error {
	if address == "" {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("--probe-listen: %w", err)
	}
	mux := http.NewServeMux()
	for path, all := range map[string]checks{"/healthz": {"ping": healthz.Ping}, "/readyz": ready} {
		mux.Handle(path, all)
		for name, check := range all {
			mux.Handle(path+"/"+name, healthz.CheckHandler{Checker: check})
		}
	}
	return mgr.Add(&manager.Server{
		Name:     "probes",
		Server:   &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 16},
		Listener: listener,
	})
}

// checks answer as those of Kubernetes' components do
// (https://kubernetes.io/docs/reference/using-api/health-checks/), and say why one
// fails.
type checks map[string]healthz.Checker

func (c checks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var text strings.Builder
	failed := false
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if err := c[name](r); err != nil {
			failed = true
			fmt.Fprintf(&text, "[-]%s failed: %s\n", name, strings.ReplaceAll(err.Error(), "\n", "; "))
			continue
		}
		fmt.Fprintf(&text, "[+]%s ok\n", name)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case failed:
		w.WriteHeader(http.StatusInternalServerError)
		text.WriteString("check failed\n")
	case r.URL.Query().Has("verbose"):
		text.WriteString("check passed\n")
	default:
		text.Reset()
		text.WriteString("ok")
	}
	_, _ = io.WriteString(w, text.String()) // Who asked may have gone.
}
