package webhook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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

// TestWeight has bodies of every length that a request can say.
func TestWeight(t *testing.T) {
	for _, tc := range []struct {
		name   string
		length int64
		weight float64 // 0 for too large
		small  bool
	}{
		{"Empty", 0, 0, true},
		{"Small", smallBody, smallBody, true},
		{"Large", smallBody + 1, smallBody + 1, false},
		{"Largest", maxBody, maxBody, false},
		{"TooLarge", maxBody + 1, 0, false},
		{"BeyondTheRoom", 1 << 40, 0, false},
		{"Chunked", -1, maxBody, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			metrics := newFixture(t).options.Metrics
			i := newIntake(metrics)
			req := httptest.NewRequest(http.MethodPost, "/", nil)
			req.ContentLength = tc.length
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			b, err := i.admit(ctx, req)
			if got, want := errors.As(err, new(*http.MaxBytesError)), tc.length > maxBody; got != want {
				t.Fatalf("error = %v, want one about the length = %t", err, want)
			}
			if got := testutil.ToFloat64(metrics.inFlight); got != tc.weight {
				t.Errorf("dualstack_bytes_in_flight = %v, want %v", got, tc.weight)
			}
			if err != nil {
				return
			}
			if got := b.lane == &i.small; got != tc.small {
				t.Errorf("in the room of small bodies = %t, want %t", got, tc.small)
			}
			b.release()
			if got := testutil.ToFloat64(metrics.inFlight); got != 0 {
				t.Errorf("dualstack_bytes_in_flight = %v once it is released, want 0", got)
			}
		})
	}
}

// TestNothingStaysInFlight sends over a connection what does not end well.
func TestNothingStaysInFlight(t *testing.T) {
	f := newFixture(t)
	server := httptest.NewServer(f.handlers["/pods/apply"])
	defer server.Close()
	review := createReview(podKind, injectedPod)
	length := fmt.Sprintf("Content-Length: %d\r\n", len(review))
	const chunked = "Transfer-Encoding: chunked\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(review), review)
	for _, tc := range []struct{ name, protocol, header, body, want string }{
		{"Whole", "HTTP/1.1", length, review, "200"},
		{"HTTP10", "HTTP/1.0", length, review, "200"},
		{"HTTP10WithoutLength", "HTTP/1.0", "", review, "400"},
		{"Pipelined", "HTTP/1.1", length, review + "POST /?timeout=200ms HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + review, "200"},
		{"Cut", "HTTP/1.1", length, review[:len(review)/2], "200"},
		{"CutBeforeTheUID", "HTTP/1.1", length, review[:5], "408"},
		{"Continue", "HTTP/1.1", length + "Expect: 100-continue\r\n", "", "100"},
		{"Chunked", "HTTP/1.1", chunked, chunk + "0\r\n\r\n", "200"},
		{"ChunkedWithoutEnd", "HTTP/1.1", chunked, chunk, "200"},
		{"ChunkedBadly", "HTTP/1.1", chunked, chunk + "x\r\n", "200"},
		{"TooLarge", "HTTP/1.1", "Content-Length: 99999999\r\n", review, "413"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if _, err := io.WriteString(conn, "POST /?timeout=200ms "+tc.protocol+"\r\nHost: a\r\n"+tc.header+"\r\n"+tc.body); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(conn).ReadString('\n')
			if _, got, _ := strings.Cut(line, " "); err != nil || !strings.HasPrefix(got, tc.want) {
				t.Errorf("answer = %q with error %v, want %s", line, err, tc.want)
			}
		})
	}
	server.Close() // It waits for what is under way.
	for name, gauge := range map[string]prometheus.Gauge{"dualstack_bytes_in_flight": f.options.Metrics.inFlight, "dualstack_requests_waiting": f.options.Metrics.waiting} {
		if got := testutil.ToFloat64(gauge); got != 0 {
			t.Errorf("%s = %v at the end, want 0", name, got)
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
