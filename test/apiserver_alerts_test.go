package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// onset is the minute at which something goes wrong.
const onset = 60

// An alertCase is something that goes wrong. From the onset on the series that it
// names, with or without their labels, have other values: "=1" is a value, "+60" what
// is added each minute, and "_" none.
type alertCase struct {
	name   string
	series map[string]string
	onePod bool          // goes wrong, and not the other
	quiet  int           // minutes after the onset nothing fires yet
	fires  int           // minutes after the onset these fire
	alerts []firingAlert // and no others
}

type firingAlert struct {
	name   string
	labels map[string]string // but for the severity
}

// firing is one alert.
func firing(name string, labels ...string) []firingAlert {
	pairs := map[string]string{}
	for pair := range slices.Chunk(labels, 2) {
		pairs[pair[0]] = pair[1]
	}
	return []firingAlert{{"DualstackWebhook" + name, pairs}}
}

// days is a certificate's end, so many days after promtool's clock begins.
func days(n int) string { return fmt.Sprintf("=%d", n*86400) }

var alertCases = []alertCase{
	{name: "Nothing", fires: 240},
	{
		"FailOpen",
		map[string]string{`apiserver_admission_webhook_fail_open_count{name="services-apply.webhook.dualstack.dev",type="admit"}`: "+1"},
		false, -1, 2, firing("FailOpen", "name", "services-apply.webhook.dualstack.dev"),
	},
	{"Absent", map[string]string{"dualstack_build_info": "_"}, false, 13, 16, firing("Absent", "namespace", envtest.Namespace)},
	{"Absent/OnePod", map[string]string{"dualstack_build_info": "_"}, true, 0, 60, nil},
	{"LeafEnds", map[string]string{`dualstack_certificate_not_after_seconds{certificate="leaf"}`: days(7)}, true, 59, 61, firing("CertificateEnds", "certificate", "leaf")},
	{"LeafEnds/Later", map[string]string{`dualstack_certificate_not_after_seconds{certificate="leaf"}`: days(8)}, true, 0, 240, nil},
	{"AuthorityEnds", map[string]string{`dualstack_certificate_not_after_seconds{certificate="authority"}`: days(14)}, true, 59, 61, firing("CertificateEnds", "certificate", "authority")},
	{"Panic", map[string]string{`dualstack_panics_total{resource="pods"}`: "=1"}, true, -1, 1, firing("Panic", "resource", "pods")},
	{"ReviewsFailed", map[string]string{`dualstack_reviews_total{mode="apply",outcome="failed",resource="services"}`: "=1"}, true, -1, 1, firing("ReviewsFailed", "resource", "services")},
	{"ReviewsFailed/Report", map[string]string{`dualstack_reviews_total{mode="report",outcome="failed",resource="pods"}`: "+1"}, false, -1, 1, firing("ReviewsFailed", "resource", "pods")},
	{"ReviewsPatched", map[string]string{`dualstack_reviews_total{mode="apply",outcome="patched",resource="services"}`: "+1"}, false, 0, 60, nil},
	{
		"Slow",
		map[string]string{`dualstack_review_duration_seconds_count{mode="apply",resource="pods"}`: "+100", `dualstack_review_duration_seconds_bucket{mode="apply",resource="pods",le="0.025"}`: "+98"},
		false, 9, 15, firing("Slow", "resource", "pods"),
	},
	{
		"Slow/Seldom",
		map[string]string{`dualstack_review_duration_seconds_count{mode="apply",resource="pods"}`: "+1000", `dualstack_review_duration_seconds_bucket{mode="apply",resource="pods",le="0.025"}`: "+995"},
		false, 0, 60, nil,
	},
	{"NamespacesStale", map[string]string{"dualstack_namespaces_age_seconds": "+60"}, true, 23, 27, firing("NamespacesStale")},
	{"ClusterUnknown", map[string]string{`dualstack_cluster_dual_stack{network="services",state="unknown"}`: "=1"}, true, 29, 31, firing("ClusterUnknown")},
	{"ClusterStale", map[string]string{"dualstack_cluster_read_age_seconds": "+60"}, true, 38, 42, firing("ClusterStale")},
	{"ClusterContradiction", map[string]string{"dualstack_cluster_contradiction": "=1"}, true, 9, 11, firing("ClusterContradiction")},
	{"IstiodUnknown", map[string]string{`dualstack_istiod_dual_stack{revision="alerts",state="unknown"}`: "=1"}, true, 29, 31, firing("IstiodUnknown", "revision", "alerts")},
	{"IstiodStale", map[string]string{"dualstack_istiod_read_age_seconds": "+60"}, true, 38, 42, firing("IstiodStale")},
	{"LinkerdUnknown", map[string]string{`dualstack_linkerd_dual_stack{state="unknown"}`: "=1"}, true, 29, 31, firing("LinkerdUnknown")},
	{"LinkerdStale", map[string]string{"dualstack_linkerd_read_age_seconds": "+60"}, true, 38, 42, firing("LinkerdStale")},
	{"CertificateTrouble", map[string]string{"dualstack_certificate_checked_seconds": "+0"}, false, 68, 72, firing("CertificateTrouble")},
	{"SecretImmutable", map[string]string{`dualstack_certificate_obstacle{obstacle="secret-immutable"}`: "=1"}, true, 9, 11, firing("SecretImmutable")},
	{"SecretNewer", map[string]string{`dualstack_certificate_obstacle{obstacle="secret-newer"}`: "=1"}, true, 9, 11, firing("SecretNewer")},
	{"ClockOff", map[string]string{`dualstack_certificate_obstacle{obstacle="clock"}`: "=1"}, true, 9, 11, firing("ClockOff", "pod", "webhook-a")},
	{"ConfigurationAbsent", map[string]string{"dualstack_certificate_configuration_absent": "=1"}, false, 9, 11, firing("ConfigurationAbsent")},
}

// testAlertRules has promtool try the chart's alerts on the series that the program
// and the API server export, in two pods: each fires on what it is for, and on nothing
// else.
func (c *cluster) testAlertRules(t *testing.T) {
	program, server := c.scrape(t)
	rules := readRules(t, c.helm(t, "template", envtest.Release, chart, "--set", "prometheusRule.enabled=true", "--show-only", "templates/prometheusrule.yaml"))
	covered := map[string]bool{}
	var tests []promtoolTest
	for _, a := range alertCases {
		tests = append(tests, a.test(t, a.input(t, program, server), rules))
		for _, alert := range a.alerts {
			covered[alert.name] = true
		}
	}
	for name := range rules.all {
		if !covered[name] {
			t.Errorf("no case makes %s fire", name)
		}
	}
	promtool(t, rules, tests)

	files := readRules(t, c.helm(t, "template", envtest.Release, chart, "--set", "prometheusRule.enabled=true,certificates.mode=certManager", "--show-only", "templates/prometheusrule.yaml"))
	leaf := alertCase{"LeafOfFilesEnds", map[string]string{`dualstack_certificate_not_after_seconds{certificate="leaf"}`: days(14)}, true, 59, 61, firing("CertificateEnds", "certificate", "leaf")}
	promtool(t, files, []promtoolTest{leaf.test(t, leaf.input(t, program, server), files)})
}

// scrape returns what the program exports in a cluster with Istio and Linkerd, and
// what the API server does once it has gone on without the webhook.
func (c *cluster) scrape(t *testing.T) (program, server scrape) {
	t.Helper()
	c.ensureNamespace(t, "istio-system")
	c.istiod(t, "alerts", "true")
	c.ensureNamespace(t, "linkerd")
	c.linkerd(t, "true")
	replica := c.serve(t)
	var text string
	await(t, "what is known of Linkerd", func() bool {
		text = get(t, "http://"+replica.Metrics+"/metrics")
		return strings.Contains(text, `dualstack_linkerd_dual_stack{state="enabled"} 1`)
	})
	c.namespace(t, "alerts", applied, nil)
	c.route(t, func() (string, error) { return "", errNobody })
	c.Disconnect()
	var open string
	await(t, "a request that passes", func() bool {
		if _, err := c.create(t.Context(), "alerts", plainWeb); err != nil {
			t.Fatal(err)
		}
		var err error
		if open, err = c.kubectl(t.Context(), nil, "get", "--raw", "/metrics"); err != nil {
			t.Fatalf("kubectl get --raw /metrics: %v\n%s", err, open)
		}
		return strings.Contains(open, `fail_open_count{name="services-apply.webhook.dualstack.dev"`)
	})
	return readScrape(t, text, "dualstack_"), readScrape(t, open, "apiserver_admission_webhook_fail_open_count")
}

func (c *cluster) ensureNamespace(t *testing.T, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := c.client.Create(t.Context(), namespace); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
}

// input returns the series: healthy until the onset, and then as the case says.
func (a alertCase) input(t *testing.T, program, server scrape) (series []promtoolSeries) {
	t.Helper()
	changed := map[string]string{}
	for name, change := range a.series {
		found := append(program.matching(name), server.matching(name)...)
		if len(found) == 0 {
			t.Errorf("%s: nobody exports %s", a.name, name)
		}
		for _, name := range found {
			changed[name] = change
		}
	}
	for _, name := range slices.Sorted(maps.Keys(server.values)) {
		series = append(series, promtoolSeries{name, server.samples(name, changed[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(program.values)) {
		for _, pod := range []string{"webhook-a", "webhook-b"} {
			change := changed[name]
			if a.onePod && pod != "webhook-a" {
				change = ""
			}
			series = append(series, promtoolSeries{asScraped(name, envtest.Namespace, pod), program.samples(name, change)})
		}
	}
	return series
}

// test returns what promtool is asked.
func (a alertCase) test(t *testing.T, series []promtoolSeries, rules alertRules) promtoolTest {
	t.Helper()
	query := promtoolQuery{EvalTime: minutes(onset + a.fires), Expr: `ALERTS{alertstate="firing"}`}
	before := promtoolQuery{EvalTime: minutes(onset + a.quiet), Expr: query.Expr}
	test := promtoolTest{Name: a.name, Interval: "1m", InputSeries: series}
	for _, alert := range a.alerts {
		rule, ok := rules.all[alert.name]
		if !ok {
			t.Fatalf("%s: there is no alert %s", a.name, alert.name)
		}
		labels := maps.Clone(rule.Labels)
		maps.Copy(labels, alert.labels)
		test.Alerts = append(test.Alerts, promtoolAlert{query.EvalTime, alert.name, []promtoolFiring{{labels, rule.annotations(alert.labels)}}})
		labels = maps.Clone(labels)
		maps.Copy(labels, map[string]string{"alertname": alert.name, "alertstate": "firing"})
		query.Samples = append(query.Samples, promtoolSample{"ALERTS" + labelsText(labels), 1})
	}
	test.Expressions = []promtoolQuery{before, query}
	return test
}
