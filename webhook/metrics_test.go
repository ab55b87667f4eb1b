package webhook

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/dualstack-dev/webhook/mutate"
)

// exposition returns the series of the registry with their values. Of a
// histogram it returns the number of observations: their values are times.
func exposition(t *testing.T, registry prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetName()+"="+label.GetValue())
			}
			name := family.GetName() + "{" + strings.Join(labels, ",") + "}"
			switch {
			case metric.GetHistogram() != nil:
				series[name] = float64(metric.GetHistogram().GetSampleCount())
			case metric.GetCounter() != nil:
				series[name] = metric.GetCounter().GetValue()
			default:
				series[name] = metric.GetGauge().GetValue()
			}
		}
	}
	return series
}

// silence is the exposition before the first review: everything is there, at
// zero.
func silence() map[string]float64 {
	series := map[string]float64{
		"dualstack_build_info{go_version=go,revision=r,version=v1}": 1,
		"dualstack_bytes_in_flight{}":                               0,
		"dualstack_requests_waiting{}":                              0,
		"dualstack_requests_shed_total{}":                           0,
	}
	for _, resource := range []string{"pods", "services"} {
		series["dualstack_panics_total{resource="+resource+"}"] = 0
		for _, mode := range []string{"apply", "report"} {
			series[fmt.Sprintf("dualstack_review_duration_seconds{mode=%s,resource=%s}", mode, resource)] = 0
			for _, outcome := range []string{"patched", "reported", "unchanged", "failed"} {
				series[fmt.Sprintf("dualstack_reviews_total{mode=%s,outcome=%s,resource=%s}", mode, outcome, resource)] = 0
			}
		}
	}
	for _, code := range mutate.Codes() {
		series[fmt.Sprintf("dualstack_notes_total{code=%s}", code)] = 0
	}
	for _, reason := range []string{"too_large", "timeout", "panic", "malformed", "given_up"} {
		series["dualstack_rejected_bodies_total{reason="+reason+"}"] = 0
	}
	return series
}

func TestEverySeriesBeginsAtZero(t *testing.T) {
	if diff := cmp.Diff(silence(), exposition(t, newFixture(t).registry)); diff != "" {
		t.Errorf("series before the first review (-want +got):\n%s", diff)
	}
}

// TestEachOutcomeIsCounted sends one request for each way in which a review can
// end, and compares the whole exposition: what is not named stays at zero.
func TestEachOutcomeIsCounted(t *testing.T) {
	for _, tc := range []struct {
		name, path string
		body       string
		want       map[string]float64
	}{
		{
			name: "Outcome:patched", path: "/pods/apply", body: createReview(podKind, injectedPod),
			want: map[string]float64{
				"dualstack_reviews_total{mode=apply,outcome=patched,resource=pods}": 1,
				"dualstack_review_duration_seconds{mode=apply,resource=pods}":       1,
				// One for the init container and one for the proxy.
				"dualstack_notes_total{code=sidecar-rewritten}": 2,
			},
		},
		{
			name: "Outcome:reported", path: "/services/report", body: createReview(serviceKind, service),
			want: map[string]float64{
				"dualstack_reviews_total{mode=report,outcome=reported,resource=services}": 1,
				"dualstack_review_duration_seconds{mode=report,resource=services}":        1,
				"dualstack_notes_total{code=service-dual-stack}":                          1,
			},
		},
		{
			name: "Outcome:unchanged", path: "/services/apply", body: createReview(serviceKind, balancer),
			want: map[string]float64{
				"dualstack_reviews_total{mode=apply,outcome=unchanged,resource=services}": 1,
				"dualstack_review_duration_seconds{mode=apply,resource=services}":         1,
				"dualstack_notes_total{code=load-balancer-off}":                           1,
			},
		},
		{
			name: "Outcome:failed", path: "/pods/report", body: createReview(podKind, "[]"),
			want: map[string]float64{
				"dualstack_reviews_total{mode=report,outcome=failed,resource=pods}": 1,
				"dualstack_review_duration_seconds{mode=report,resource=pods}":      1,
			},
		},
		{
			name: "Rejected:malformed", path: "/pods/apply", body: "{",
			want: map[string]float64{"dualstack_rejected_bodies_total{reason=malformed}": 1},
		},
		{
			name: "Rejected:too-large", path: "/services/apply", body: strings.Repeat(" ", maxBody+1),
			want: map[string]float64{"dualstack_rejected_bodies_total{reason=too_large}": 1},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			post(t, f.handlers[tc.path], tc.body)
			want := silence()
			maps.Copy(want, tc.want)
			if diff := cmp.Diff(want, exposition(t, f.registry)); diff != "" {
				t.Errorf("series (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPanicsAreCounted has a panic on either side of the uid. Both are defects;
// only the later one is a review.
func TestPanicsAreCounted(t *testing.T) {
	f := newFixture(t)
	h := f.handlers["/services/apply"].(*handler[mutate.ServiceView])
	h.decide = func(*request[mutate.ServiceView], mutate.Policy) mutate.Result { panic("deciding") }
	post(t, h, createReview(serviceKind, service))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", panicReader{}))

	want := silence()
	maps.Copy(want, map[string]float64{
		"dualstack_reviews_total{mode=apply,outcome=failed,resource=services}": 1,
		"dualstack_review_duration_seconds{mode=apply,resource=services}":      1,
		"dualstack_panics_total{resource=services}":                            2,
		"dualstack_rejected_bodies_total{reason=panic}":                        1,
	})
	if diff := cmp.Diff(want, exposition(t, f.registry)); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

// TestMetricNames holds what promtool asks of names and help texts.
func TestMetricNames(t *testing.T) {
	problems, err := testutil.GatherAndLint(newFixture(t).registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}

// TestDurationIsInSeconds reads what Prometheus reads. An alert names the
// buckets, so they stay.
func TestDurationIsInSeconds(t *testing.T) {
	f := newFixture(t)
	f.options.Metrics.reviewed(routeOf("pods", mutate.ModeApply), mutate.Result{}, nil, 60*time.Microsecond)
	w := httptest.NewRecorder()
	promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	got := map[string]string{}
	for line := range strings.Lines(w.Body.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if metric, ok := strings.CutPrefix(name, "dualstack_review_duration_seconds_"); ok && strings.Contains(metric, `mode="apply",resource="pods"`) {
			got[metric] = value
		}
	}
	want := map[string]string{`sum{mode="apply",resource="pods"`: "6e-05", `count{mode="apply",resource="pods"`: "1"}
	for _, limit := range []string{"5e-05", "7.5e-05", "0.0001", "0.00015", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "+Inf"} {
		want[`bucket{mode="apply",resource="pods",le="`+limit+`"`] = "1"
	}
	want[`bucket{mode="apply",resource="pods",le="5e-05"`] = "0"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histogram (-want +got):\n%s", diff)
	}
}
