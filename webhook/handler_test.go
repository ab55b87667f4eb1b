package webhook

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

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
			warnings: []string{"dualstack would change this: the Service becomes dual-stack (service-dual-stack)"},
			audit:    []string{"service-dual-stack"}, outcome: outcomeReported,
		},
		{
			name: "Path:/services/apply_Type:LoadBalancer", path: "/services/apply", body: createReview(serviceKind, balancer),
			warnings: []string{"dualstack: LoadBalancers need dualstack.dev/load-balancers: enabled (load-balancer-off)"},
			audit:    []string{"load-balancer-off"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/services/apply_Operation:UPDATE", path: "/services/apply",
			body:  strings.NewReplacer("CREATE", "UPDATE", `"oldObject":null`, `"oldObject":`+service).Replace(createReview(serviceKind, service)),
			audit: []string{"update"}, outcome: outcomeUnchanged,
		},
		{
			name: "Path:/services/apply_Operation:UPDATE_From:ExternalName", path: "/services/apply",
			body: strings.NewReplacer("CREATE", "UPDATE", `"oldObject":null`, `"oldObject":{"metadata":{},"spec":{"type":"ExternalName"}}`).Replace(createReview(serviceKind, service)),
			patch: `[{"op":"add","path":"/spec/ipFamilyPolicy","value":"PreferDualStack"},` +
				`{"op":"add","path":"/metadata/annotations","value":{"dualstack.dev/status":"ipFamilyPolicy=PreferDualStack"}}]`,
			audit: []string{"service-dual-stack"}, outcome: outcomePatched,
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
