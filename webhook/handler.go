package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/dualstack-dev/webhook/mutate"
)

// handler answers the reviews of one resource in one mode. O is the view of the
// resource's objects.
type handler[O any] struct {
	Options
	route
	resource[O]
	intake *intake
}

// ServeHTTP answers 200 once it knows the uid of the review. Without one there
// is nothing to answer: 400, 413 for a body over the limit, 503 for a request that
// was given up while it waited, or 500 for a panic, all of which failurePolicy:
// Ignore covers.
func (h *handler[O]) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	start := time.Now()
	ctx, cancel := h.limit(w, req)
	defer cancel()
	var q request[O]
	var result mutate.Result
	err := protect(func() (err error) {
		result, err = h.read(ctx, req, &q)
		return err
	})
	if code := rejection(err, q.UID != ""); code != 0 {
		h.reject(w, code, err)
		return
	}
	a := answer{patch: result.Patch, notes: result.Notes, warning: warning(result)}
	if err != nil {
		a = answer{warning: trouble(err).warning}
	}
	// Who does not read the answer does not need it.
	_ = a.write(w, q.UID)
	h.log(&q, result, err)
	h.Metrics.reviewed(h.route, result, err, time.Since(start))
}

// limit bounds the size of the body, and the time that reading and deciding may
// take: as long as the caller waits. It leaves as much again for the answer.
func (h *handler[O]) limit(w http.ResponseWriter, req *http.Request) (context.Context, context.CancelFunc) {
	timeout := patience(req, h.Timeout)
	now := time.Now()
	control := http.NewResponseController(w)
	// A connection without deadlines, as in a test, has none to set.
	_ = control.SetReadDeadline(now.Add(timeout))
	_ = control.SetWriteDeadline(now.Add(2 * timeout))
	req.Body = http.MaxBytesReader(w, req.Body, maxBody)
	return context.WithDeadline(req.Context(), now.Add(timeout))
}

// read reads the review into q and decides about its object. An error leaves in q
// what was read before it.
func (h *handler[O]) read(ctx context.Context, req *http.Request, q *request[O]) (mutate.Result, error) {
	body, err := h.intake.admit(ctx, req)
	if err != nil {
		return mutate.Result{}, err
	}
	defer body.release()
	err = body.fill(req)
	policy, reading := readReview(&body.reader, body.content, h.resource, q, func(namespace string) mutate.Policy {
		policy := h.Policies(ctx, namespace)
		policy.Mode, policy.Done = h.mode, ctx.Done()
		return policy
	})
	var over limitError
	switch {
	case err != nil: // What there is of the body was read for its uid.
		return mutate.Result{}, err
	case q.UID != "" && errors.As(reading, &over):
		return mutate.OverLimit(over.measure), nil
	case reading != nil:
		return mutate.Result{}, reading
	case q.UID == "":
		return mutate.Result{}, errNoUID
	case !h.isOurs(q):
		return mutate.Result{}, errWrongKind
	}
	result := h.decide(q, policy)
	if result.Notes == nil && ctx.Err() != nil {
		return mutate.Result{}, errGivenUp
	}
	return result, nil
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
func (h *handler[O]) log(q *request[O], result mutate.Result, err error) {
	if err == nil && !h.Log.Core().Enabled(zap.DebugLevel) {
		return
	}
	fields := []zap.Field{zap.String("namespace", logged(q.Namespace)), zap.String("name", logged(q.Name)), zap.String("uid", string(q.UID))}
	if err != nil {
		h.logTrouble(err, fields...)
		return
	}
	codes := make([]string, len(result.Notes))
	for i, note := range result.Notes {
		codes[i] = string(note.Code)
	}
	h.Log.Debug("reviewed", append(fields, zap.String("path", h.path), zap.Strings("codes", codes))...)
}

// logged returns as much of a name as a valid one can have. The API server asks us
// before it looks how long a name is, so one may be as long as a request.
func logged(name string) string {
	return name[:min(len(name), validation.DNS1123SubdomainMaxLength)]
}

// logTrouble does not print err, which may quote the object.
func (h *handler[O]) logTrouble(err error, fields ...zap.Field) {
	fields = append(fields, zap.String("path", h.path), zap.String("reason", trouble(err).reason))
	if p := (*panicError)(nil); errors.As(err, &p) {
		fields = append(fields, zap.String("panic", p.Error()), zap.ByteString("stack", p.stack))
	}
	h.Log.Warn("allowed a request unread", fields...)
}
