package webhook

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	admissionv1 "k8s.io/api/admission/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// fixture is the handlers with what they count and log.
type fixture struct {
	handlers map[string]http.Handler
	registry *prometheus.Registry
	options  Options
	logs     *observer.ObservedLogs
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	registry := prometheus.NewRegistry()
	options := Options{
		Policies: func(context.Context, string) mutate.Policy {
			return mutate.Policy{
				Headless: true,
				Profiles: profiles,
				Facts:    mutate.Facts{Meshes: map[string]mutate.State{"istio": mutate.Enabled}},
			}
		},
		Metrics: NewMetrics(registry, Build{Version: "v1", Revision: "r", GoVersion: "go"}),
		Log:     zap.New(core),
	}
	return &fixture{handlers: Handlers(options), registry: registry, options: options, logs: logs}
}

// post sends body to the handler of path.
func post(t testing.TB, handler http.Handler, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	return w
}

// response decodes an answer, and checks what holds for every one.
func response(t testing.TB, w *httptest.ResponseRecorder, uid string) *admissionv1.AdmissionResponse {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status = %d with body %q, want 200", w.Code, w.Body)
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(w.Body.Bytes(), &review); err != nil {
		t.Fatalf("decoding the answer %q: %v", w.Body, err)
	}
	if review.APIVersion != "admission.k8s.io/v1" || review.Kind != "AdmissionReview" || review.Response == nil {
		t.Fatalf("answer = %s, want an admission.k8s.io/v1 AdmissionReview with a response", w.Body)
	}
	r := review.Response
	if !r.Allowed || string(r.UID) != uid {
		t.Fatalf("allowed = %t, uid = %q; want true and %q", r.Allowed, r.UID, uid)
	}
	if (r.Patch == nil) != (r.PatchType == nil) {
		t.Fatalf("patch = %s, patchType = %v; want both or neither", r.Patch, r.PatchType)
	}
	for _, warning := range r.Warnings {
		if len(warning) > 120 || strings.ContainsFunc(warning, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("warning %q is longer than 120 characters or not plain", warning)
		}
	}
	return r
}

const (
	podKind     = `"kind":{"group":"","version":"v1","kind":"Pod"}`
	serviceKind = `"kind":{"group":"","version":"v1","kind":"Service"}`
	injectedPod = `{"metadata":{"name":"web"},"spec":{"initContainers":[{"name":"istio-init"}],"containers":[{"name":"istio-proxy"}]}}`
	service     = `{"metadata":{"name":"web"},"spec":{"type":"ClusterIP","selector":{"app":"web"}}}`
	balancer    = `{"metadata":{"name":"web"},"spec":{"type":"LoadBalancer"}}`
)

func createReview(kind, object string) string {
	return fmt.Sprintf(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1",%s,"namespace":"shop","operation":"CREATE","object":%s,"oldObject":null}}`, kind, object)
}

func TestHandlers(t *testing.T) {
	const env = `[{"name":"ISTIO_DUAL_STACK","value":"true"}]`
	for _, tc := range []struct {
		name, path, body string
		patch            string
		warnings         []string
		audit            []string
		outcome          string
	}{
		{
			name: "Path:/pods/apply_Pod:injected", path: "/pods/apply", body: createReview(podKind, injectedPod),
			patch: `[{"op":"add","path":"/spec/initContainers/0/env","value":` + env + `},` +
				`{"op":"add","path":"/spec/containers/0/env","value":` + env + `},` +
				`{"op":"add","path":"/metadata/annotations","value":{"dualstack.dev/status":"istio=rewritten"}}]`,
			audit: []string{"sidecar-rewritten"}, outcome: outcomePatched,
		},
		{
			name: "Path:/pods/report_Pod:injected", path: "/pods/report", body: createReview(podKind, injectedPod),
			warnings: []string{"dualstack would change this: the sidecar is told to serve both IP families (sidecar-rewritten)"},
			audit:    []string{"sidecar-rewritten"}, outcome: outcomeReported,
		},
		{
			name: "Path:/pods/apply_Pod:plain", path: "/pods/apply", body: createReview(podKind, `{"metadata":{},"spec":{}}`),
			audit: []string{"no-sidecar"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/pods/apply_Operation:UPDATE", path: "/pods/apply",
			body:  strings.Replace(createReview(podKind, injectedPod), "CREATE", "UPDATE", 1),
			audit: []string{"update"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/services/apply", path: "/services/apply", body: createReview(serviceKind, service),
			patch: `[{"op":"add","path":"/spec/ipFamilyPolicy","value":"PreferDualStack"},` +
				`{"op":"add","path":"/metadata/annotations","value":{"dualstack.dev/status":"ipFamilyPolicy=PreferDualStack"}}]`,
			audit: []string{"service-dual-stack"}, outcome: outcomePatched,
		},
		{
			name: "Path:/services/report", path: "/services/report", body: createReview(serviceKind, service),
			warnings: []string{"dualstack would change this: the Service prefers dual-stack (service-dual-stack)"},
			audit:    []string{"service-dual-stack"}, outcome: outcomeReported,
		},
		{
			name: "Path:/services/apply_Type:LoadBalancer", path: "/services/apply", body: createReview(serviceKind, balancer),
			warnings: []string{"dualstack: load balancers are left alone here (load-balancer-off)"},
			audit:    []string{"load-balancer-off"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/services/apply_Operation:UPDATE", path: "/services/apply",
			body:  strings.NewReplacer("CREATE", "UPDATE", `"oldObject":null`, `"oldObject":`+service).Replace(createReview(serviceKind, service)),
			audit: []string{"update"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/services/apply_Operation:UPDATE_OldObject:null", path: "/services/apply",
			body:  strings.Replace(createReview(serviceKind, service), "CREATE", "UPDATE", 1),
			audit: []string{"update"}, outcome: outcomeUnchanged,
		},
		{
			name: "Object:null", path: "/pods/apply", body: createReview(podKind, "null"),
			warnings: []string{"dualstack: the object has no metadata or no spec (incomplete)"},
			audit:    []string{"incomplete"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/pods/apply_Kind:Service", path: "/pods/apply", body: createReview(serviceKind, service),
			warnings: []string{"dualstack left this alone: its webhook configuration sends the wrong kind"}, outcome: outcomeFailed,
		},
		{
			name: "SubResource:resize", path: "/pods/apply",
			body:     createReview(podKind+`,"subResource":"resize"`, injectedPod),
			warnings: []string{"dualstack left this alone: its webhook configuration sends the wrong kind"}, outcome: outcomeFailed,
		},
		{
			name: "Object:list", path: "/pods/apply", body: createReview(podKind, "[1]"),
			warnings: []string{"dualstack left this alone: it could not read the request"}, outcome: outcomeFailed,
		},
		{
			name: "Body:cut-after-uid", path: "/pods/apply", body: createReview(podKind, injectedPod)[:100],
			warnings: []string{"dualstack left this alone: it could not read the request"}, outcome: outcomeFailed,
		},
		{
			name: "Body:two-documents", path: "/pods/apply", body: createReview(podKind, injectedPod) + "{}",
			warnings: []string{"dualstack left this alone: it could not read the request"}, outcome: outcomeFailed,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			got := response(t, post(t, f.handlers[tc.path], tc.body), "u-1")
			if diff := cmp.Diff(tc.patch, string(got.Patch)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.warnings, got.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			var want map[string]string
			for _, code := range tc.audit {
				want = map[string]string{code: "true"}
			}
			if diff := cmp.Diff(want, got.AuditAnnotations); diff != "" {
				t.Errorf("audit annotations (-want +got):\n%s", diff)
			}
			resource, mode, _ := strings.Cut(strings.TrimPrefix(tc.path, "/"), "/")
			if n := testutil.ToFloat64(f.options.Metrics.reviews.WithLabelValues(resource, mode, tc.outcome)); n != 1 {
				t.Errorf("dualstack_reviews_total{%s,%s,%s} = %v, want 1", resource, mode, tc.outcome, n)
			}
		})
	}
}

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
	h := &handler[mutate.PodView]{
		Options: f.options,
		route:   podRoute(mutate.ModeApply),
		decide:  func(*request[mutate.PodView], mutate.Policy) mutate.Result { panic(secret) },
	}
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
	if fields := fmt.Sprint(entries[0].ContextMap()); strings.Contains(fields, secret) || !strings.Contains(fields, "handler_test.go") {
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
			options.Timeout = 50 * time.Millisecond
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
