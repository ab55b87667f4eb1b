package bench_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
)

// exchange is a request that can be made again and again, and its answer. It
// allocates nothing once its buffers have grown, so that what is measured is
// the handler's.
type exchange struct {
	request *http.Request
	content []byte
	body    body
	answer  answer
}

func newExchange(tb testing.TB, c reviewCase) *exchange {
	tb.Helper()
	url := "https://dualstack-webhook.dualstack-system.svc:443" + c.path + "?timeout=2s"
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, bytes.NewReader(c.body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return &exchange{request: request, content: c.body, answer: answer{header: http.Header{}}}
}

// with makes the request of handler.
func (e *exchange) with(handler http.Handler) {
	e.body.reader.Reset(e.content)
	e.request.Body = &e.body
	e.answer.reset()
	handler.ServeHTTP(&e.answer, e.request)
}

// response returns what was answered.
func (e *exchange) response(tb testing.TB) *admissionv1.AdmissionResponse {
	tb.Helper()
	var review admissionv1.AdmissionReview
	decode(tb, e.answer.content.Bytes(), &review)
	if e.answer.status != http.StatusOK || review.Response == nil || !review.Response.Allowed || review.Response.UID == "" {
		tb.Fatalf("answer %d %s, want 200 and allowed, with a uid", e.answer.status, &e.answer.content)
	}
	return review.Response
}

// body is the body of a request. It hides the other methods of its reader,
// which a connection does not have.
type body struct{ reader bytes.Reader }

var _ io.ReadCloser = (*body)(nil)

func (b *body) Read(p []byte) (int, error) { return b.reader.Read(p) }
func (b *body) Close() error               { return nil }

// answer is an http.ResponseWriter that keeps the last answer. Like a
// connection it has deadlines, so that nobody pays for their absence.
type answer struct {
	header  http.Header
	status  int
	content bytes.Buffer
}

func (a *answer) Header() http.Header              { return a.header }
func (a *answer) WriteHeader(status int)           { a.status = status }
func (a *answer) Write(p []byte) (int, error)      { return a.content.Write(p) }
func (a *answer) SetReadDeadline(time.Time) error  { return nil }
func (a *answer) SetWriteDeadline(time.Time) error { return nil }

func (a *answer) reset() {
	clear(a.header)
	a.status = http.StatusOK
	a.content.Reset()
}
