package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/dualstack-dev/webhook/mutate"
)

// maxBody is what controller-runtime accepts: two objects of the API server's
// own limit of 3 MiB, and the rest of the review.
const maxBody = 7 << 20

// defaultTimeout is longer than the webhook's own timeout, after which the API
// server has hung up, and ends a body that never does.
const defaultTimeout = 10 * time.Second

// handler answers the reviews of one resource in one mode. O is the view of the
// resource's objects.
type handler[O any] struct {
	Options
	route
	decide func(*request[O], mutate.Policy) mutate.Result
}

// ServeHTTP answers 200 once it knows the uid of the review. Without one there
// is nothing to answer: 400, 413 for a body over the limit, or 500 for a panic,
// all of which failurePolicy: Ignore covers.
func (h *handler[O]) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	start := time.Now()
	h.limit(w, req)
	var r review[O]
	var result mutate.Result
	err := protect(func() (err error) {
		result, err = h.read(req, &r)
		return err
	})
	if code := rejection(err, r.Request.UID != ""); code != 0 {
		h.reject(w, code, err)
		return
	}
	a := answer{patch: result.Patch, notes: result.Notes, warning: warning(result)}
	if err != nil {
		a = answer{warning: trouble(err).warning}
	}
	// Who does not read the answer does not need it.
	_ = a.write(w, r.Request.UID)
	h.log(&r.Request, result, err)
	h.Metrics.reviewed(h.route, result, err, time.Since(start))
}

// limit bounds the size of the body and the time that it may take, and leaves
// as much again for the answer.
func (h *handler[O]) limit(w http.ResponseWriter, req *http.Request) {
	timeout := h.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	now := time.Now()
	control := http.NewResponseController(w)
	// A connection without deadlines, as in a test, has none to set.
	_ = control.SetReadDeadline(now.Add(timeout))
	_ = control.SetWriteDeadline(now.Add(2 * timeout))
	req.Body = http.MaxBytesReader(w, req.Body, maxBody)
}

// read decodes the review into r and decides about its object. An error leaves
// in r what was read before it.
func (h *handler[O]) read(req *http.Request, r *review[O]) (mutate.Result, error) {
	if req.ContentLength > maxBody {
		return mutate.Result{}, &http.MaxBytesError{Limit: maxBody}
	}
	if err := readReview(req.Body, r); err != nil {
		return mutate.Result{}, err
	}
	if r.Request.UID == "" {
		return mutate.Result{}, errNoUID
	}
	kind := r.Request.Kind
	if kind.Group != "" || kind.Version != "v1" || kind.Kind != h.kind || r.Request.SubResource != "" {
		return mutate.Result{}, errWrongKind
	}
	// A request that is under way when the server stops gets its answer, so its
	// policy does not depend on the server's context.
	policy := h.Policies(context.WithoutCancel(req.Context()), r.Request.Namespace)
	policy.Mode = h.mode
	return h.decide(&r.Request, policy), nil
}

// reject answers a review that cannot be answered.
func (h *handler[O]) reject(w http.ResponseWriter, code int, err error) {
	reason := trouble(err).reason
	if reason == reasonPanic {
		h.Metrics.panicked(h.route)
	}
	h.Metrics.rejectedBody(reason)
	h.logTrouble(err, zap.Int("status", code))
	http.Error(w, http.StatusText(code), code)
}

// log says nothing of the object but its name.
func (h *handler[O]) log(r *request[O], result mutate.Result, err error) {
	fields := []zap.Field{zap.String("namespace", r.Namespace), zap.String("name", r.Name), zap.String("uid", string(r.UID))}
	if err != nil {
		h.logTrouble(err, fields...)
		return
	}
	entry := h.Log.Check(zap.DebugLevel, "reviewed")
	if entry == nil {
		return
	}
	codes := make([]string, len(result.Notes))
	for i, note := range result.Notes {
		codes[i] = string(note.Code)
	}
	entry.Write(append(fields, zap.String("path", h.path), zap.Strings("codes", codes))...)
}

// logTrouble does not print err, which may quote the object.
func (h *handler[O]) logTrouble(err error, fields ...zap.Field) {
	fields = append(fields, zap.String("path", h.path), zap.String("reason", trouble(err).reason))
	if p := (*panicError)(nil); errors.As(err, &p) {
		fields = append(fields, zap.String("panic", p.Error()), zap.ByteString("stack", p.stack))
	}
	h.Log.Warn("allowed a request unread", fields...)
}
