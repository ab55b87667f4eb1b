package webhook

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
)

// Drain lets a replica go away without losing a mutation: it stops being ready,
// closes each connection with its next answer, and is shut down only after the
// load balancer has noticed. Without the header, connections that are kept open
// still bring requests when the server closes them, and the API server allows
// those unmutated. The zero Drain is open.
type Drain struct {
	draining atomic.Bool
}

// Begin starts the drain. It cannot be undone.
func (d *Drain) Begin() { d.draining.Store(true) }

// Ready is a readiness check; it returns an error once the drain has begun.
func (d *Drain) Ready(*http.Request) error {
	if d.draining.Load() {
		return errors.New("shutting down")
	}
	return nil
}

// Wrap returns next with the header that closes its connections during the drain.
// The context of a request ends when its caller goes away, and not when the server
// is stopped: what is under way then is still answered.
func (d *Drain) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if d.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		ctx, cancel := context.WithCancel(context.WithoutCancel(req.Context()))
		defer cancel()
		stop := context.AfterFunc(req.Context(), func() {
			if !d.draining.Load() {
				cancel()
			}
		})
		defer stop()
		next.ServeHTTP(w, req.WithContext(ctx))
	})
}
