package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
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
				Facts:    mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}}},
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
