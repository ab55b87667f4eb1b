package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/dualstack-dev/webhook/mutate"
)

func TestPatience(t *testing.T) {
	for _, tc := range []struct {
		query string
		most  time.Duration
		want  time.Duration
	}{
		{"", 0, defaultTimeout},
		{"?timeout=2s", 0, 2 * time.Second},
		{"?timeout=30s", 0, defaultTimeout},
		{"?timeout=2s", time.Second, time.Second},
		{"?timeout=-1s", 0, defaultTimeout},
		{"?timeout=soon", 0, defaultTimeout},
		{"?a=b&timeout=500ms", 0, 500 * time.Millisecond},
	} {
		if got := patience(httptest.NewRequest(http.MethodPost, "/"+tc.query, nil), tc.most); got != tc.want {
			t.Errorf("patience(%q, %s) = %s, want %s", tc.query, tc.most, got, tc.want)
		}
	}
}

// heldBody is a body that says when it is read, and can be held up.
type heldBody struct {
	io.Reader
	read chan struct{} // closed by the first read
	gate chan struct{} // nil, or closed to let reads go on
}

func newHeldBody(text string) *heldBody {
	return &heldBody{Reader: strings.NewReader(text), read: make(chan struct{})}
}

func (w *heldBody) Read(p []byte) (int, error) {
	select {
	case <-w.read:
	default:
		close(w.read)
	}
	if w.gate != nil {
		<-w.gate
	}
	return w.Reader.Read(p)
}

func (w *heldBody) wasRead() bool {
	select {
	case <-w.read:
		return true
	default:
		return false
	}
}

// review is a request with this body, that says how long it is.
func (w *heldBody) review(t *testing.T, length int) *http.Request {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/?timeout=2s", w)
	req.ContentLength = int64(length)
	return req
}

// TestWaitingIsUnread holds large bodies up until there is no room for more. The next
// large one is not read; a small one is, and answered; the one that waits is dropped
// when its caller has given up, and read when there is room before that.
func TestWaitingIsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		handler := f.handlers["/pods/apply"]
		gate := make(chan struct{})
		for range largeRoom / maxBody {
			held := newHeldBody(createReview(podKind, injectedPod))
			held.gate = gate
			go handler.ServeHTTP(httptest.NewRecorder(), held.review(t, maxBody))
		}
		synctest.Wait()
		if got := testutil.ToFloat64(f.options.Metrics.inFlight); got != largeRoom {
			t.Errorf("dualstack_bytes_in_flight = %v, want %d", got, largeRoom)
		}
		waiting := newHeldBody(createReview(podKind, injectedPod))
		answer := httptest.NewRecorder()
		go handler.ServeHTTP(answer, waiting.review(t, maxBody))
		synctest.Wait()
		if got := testutil.ToFloat64(f.options.Metrics.waiting); got != 1 || waiting.wasRead() {
			t.Errorf("dualstack_requests_waiting = %v, read = %t; want 1 and false", got, waiting.wasRead())
		}
		if got := response(t, post(t, handler, createReview(podKind, injectedPod)), "u-1"); got.Patch == nil {
			t.Error("a small review got no patch while large ones wait, want one")
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if answer.Code != http.StatusServiceUnavailable || waiting.wasRead() {
			t.Errorf("given up: status = %d, read = %t; want 503 and false", answer.Code, waiting.wasRead())
		}
		if got := testutil.ToFloat64(f.options.Metrics.shed); got != 1 {
			t.Errorf("dualstack_requests_shed_total = %v, want 1", got)
		}
		next := newHeldBody(createReview(podKind, injectedPod))
		go handler.ServeHTTP(httptest.NewRecorder(), next.review(t, maxBody))
		synctest.Wait()
		close(gate)
		synctest.Wait()
		if !next.wasRead() {
			t.Error("a request that waited was not read once there was room, want it read")
		}
		if got := testutil.ToFloat64(f.options.Metrics.inFlight); got != 0 {
			t.Errorf("dualstack_bytes_in_flight = %v at the end, want 0", got)
		}
	})
}

// TestGivenUpWhileDeciding has a caller that goes away.
func TestGivenUpWhileDeciding(t *testing.T) {
	f := newFixture(t)
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(createReview(podKind, injectedPod)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := f.handlers["/pods/apply"].(*handler[mutate.PodView])
	var q request[mutate.PodView]
	if _, err := h.read(ctx, req, &q); !errors.Is(err, errGivenUp) {
		t.Errorf("read() = %v, want %v", err, errGivenUp)
	}
}
