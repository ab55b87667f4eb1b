package webhook

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap/zapcore"

	"github.com/dualstack-dev/webhook/mutate"
)

func TestUnanswerable(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		status     int
		reason     string
	}{
		{"Body:empty", "", http.StatusBadRequest, reasonMalformed},
		{"Body:rubbish", "\x00\xff", http.StatusBadRequest, reasonMalformed},
		{"UID:absent", `{"request":{}}`, http.StatusBadRequest, reasonMalformed},
		{"UID:number", `{"request":{"uid":1}}`, http.StatusBadRequest, reasonMalformed},
		{"Request:null", `{"request":null}`, http.StatusBadRequest, reasonMalformed},
		{"Body:over-7-MiB", strings.Repeat(" ", maxBody) + createReview(podKind, injectedPod), http.StatusRequestEntityTooLarge, reasonTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			w := post(t, f.handlers["/pods/apply"], tc.body)
			if w.Code != tc.status {
				t.Errorf("status = %d, want %d", w.Code, tc.status)
			}
			if n := testutil.ToFloat64(f.options.Metrics.rejected.WithLabelValues(tc.reason)); n != 1 {
				t.Errorf("dualstack_rejected_bodies_total{%s} = %v, want 1", tc.reason, n)
			}
		})
	}
}

// TestBodyOfExactlyTheLimit checks the other side of the limit, padded with
// fields that nobody reads.
func TestBodyOfExactlyTheLimit(t *testing.T) {
	body := createReview(podKind, injectedPod)
	body += strings.Repeat(" ", maxBody-len(body))
	got := response(t, post(t, newFixture(t).handlers["/pods/apply"], body), "u-1")
	if got.Patch == nil {
		t.Errorf("a body of %d bytes got no patch, want one", len(body))
	}
}

// TestChunkedBodyOverTheLimit checks the limit without a Content-Length, when
// the uid is known long before the limit is met.
func TestChunkedBodyOverTheLimit(t *testing.T) {
	f := newFixture(t)
	body := createReview(podKind, injectedPod) + strings.Repeat(" ", maxBody)
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	req.ContentLength = -1
	w := httptest.NewRecorder()
	f.handlers["/pods/apply"].ServeHTTP(w, req)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status = %d, want %d", w.Code, http.StatusRequestEntityTooLarge)
	}
}

func TestPanicInTheCore(t *testing.T) {
	const secret = "the object's contents"
	f := newFixture(t)
	h := f.handlers["/pods/apply"].(*handler[mutate.PodView])
	h.decide = func(*request[mutate.PodView], mutate.Policy) mutate.Result { panic(secret) }
	got := response(t, post(t, h, createReview(podKind, injectedPod)), "u-1")
	want := []string{"dualstack left this alone: it has a defect, see its log"}
	if diff := cmp.Diff(want, got.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if n := testutil.ToFloat64(f.options.Metrics.panics.WithLabelValues("pods")); n != 1 {
		t.Errorf("dualstack_panics_total{pods} = %v, want 1", n)
	}
	entries := f.logs.All()
	if len(entries) != 1 || entries[0].Level != zapcore.WarnLevel {
		t.Fatalf("logged %v, want one warning", entries)
	}
	if fields := fmt.Sprint(entries[0].ContextMap()); strings.Contains(fields, secret) || !strings.Contains(fields, "trouble_test.go") {
		t.Errorf("logged %s, want the stack without the panic's value", fields)
	}
}

func TestPanicBeforeTheUID(t *testing.T) {
	f := newFixture(t)
	req := httptest.NewRequest(http.MethodPost, "/", panicReader{})
	w := httptest.NewRecorder()
	f.handlers["/services/apply"].ServeHTTP(w, req)
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status = %d, want %d", w.Code, http.StatusInternalServerError)
	}
	if n := testutil.ToFloat64(f.options.Metrics.panics.WithLabelValues("services")); n != 1 {
		t.Errorf("dualstack_panics_total{services} = %v, want 1", n)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("reading") }

// TestBodyThatNeverEnds sends the head of a review over a real connection, and
// then nothing.
func TestBodyThatNeverEnds(t *testing.T) {
	for _, tc := range []struct {
		name, head string
		status     int
	}{
		{"UID:known", createReview(podKind, injectedPod)[:150], http.StatusOK},
		{"UID:unknown", `{"apiVersion":`, http.StatusRequestTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			options := f.options
			// The answer has as long again, also on a busy machine.
			options.Timeout = time.Second
			server := httptest.NewServer(Handlers(options)["/pods/apply"])
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: dualstack\r\nContent-Length: 1000\r\n\r\n%s", tc.head)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("reading the answer: %v", err)
			}
			defer func() { _ = resp.Body.Close() }()
			if resp.StatusCode != tc.status {
				t.Errorf("status = %d, want %d", resp.StatusCode, tc.status)
			}
		})
	}
}

// TestNothingOfTheObjectIsLogged sends contents that fail in every way, at
// debug level.
func TestNothingOfTheObjectIsLogged(t *testing.T) {
	const secret = "s3cr3t"
	f := newFixture(t)
	for _, body := range []string{
		createReview(podKind, `{"metadata":{"name":"web","annotations":{"`+secret+`":"`+secret+`"}},"spec":{"containers":[{"name":"istio-proxy","env":[{"name":"ISTIO_DUAL_STACK","value":"`+secret+`"}]}]}}`),
		createReview(podKind, `{"metadata":{"annotations":{"`+secret+`":{}}}}`),
		createReview(podKind, `{"metadata":"`+secret+`"}`),
		createReview(podKind, `{`+secret+`}`),
		`{"` + secret + `"`,
	} {
		w := post(t, f.handlers["/pods/apply"], body)
		if bytes.Contains(w.Body.Bytes(), []byte(secret)) {
			t.Errorf("the answer %s holds contents of the object", w.Body)
		}
	}
	if f.logs.Len() != 5 {
		t.Errorf("logged %d entries, want one for each of 5 requests", f.logs.Len())
	}
	for _, entry := range f.logs.All() {
		if line := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(line, secret) {
			t.Errorf("logged %s", line)
		}
	}
}
