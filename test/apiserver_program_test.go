package test

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// testProgram looks at what the program serves beside its answers.
func (c *cluster) testProgram(t *testing.T) {
	server := c.serve(t)
	t.Run("Metrics", func(t *testing.T) { testMetrics(t, get(t, "http://"+server.Metrics+"/metrics")) })
	t.Run("MetricsPage", func(t *testing.T) { testMetricsPage(t, get(t, "http://"+server.Metrics+"/metrics")) })
	t.Run("Alerts", func(t *testing.T) { testAlerts(t, get(t, "http://"+server.Metrics+"/metrics")) })
	t.Run("Healthz", func(t *testing.T) {
		if got := get(t, "http://"+server.Probe+"/healthz"); got != "ok" {
			t.Errorf("/healthz = %q, want ok", got)
		}
	})
	t.Run("TLS", func(t *testing.T) { testTLS(t, server.Address) })
}

// testMetrics wants the review with which serve waited for the program, and what
// client_golang knows of the process.
func testMetrics(t *testing.T, text string) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dualstack_build_info", "go_goroutines", "process_resident_memory_bytes", "certwatcher_read_certificate_total"} {
		if families[name] == nil {
			t.Errorf("/metrics has no %s", name)
		}
	}
	const reviews = `dualstack_reviews_total{mode="apply",outcome="patched",resource="pods"} `
	if !strings.Contains(text, reviews) || strings.Contains(text, reviews+"0") {
		t.Errorf("/metrics has no line %s with a review", reviews)
	}
	duration := families["dualstack_review_duration_seconds"]
	if duration == nil {
		t.Fatal("/metrics has no dualstack_review_duration_seconds")
	}
	buckets := duration.Metric[0].Histogram.Bucket
	first, last := buckets[0].GetUpperBound(), buckets[len(buckets)-2].GetUpperBound()
	if first != 50e-6 || last != 25e-3 {
		t.Errorf("buckets = %v s to %v s, want 50 µs to 25 ms", first, last)
	}
}

// testMetricsPage wants every metric of ours to be on the page about metrics, with its
// type.
func testMetricsPage(t *testing.T, text string) {
	page := readMetricsPage(t)
	types := regexp.MustCompile(`(?m)^# TYPE (dualstack_[a-z_]+) ([a-z]+)$`).FindAllStringSubmatch(text, -1)
	if len(types) == 0 {
		t.Fatal("/metrics has no metric of ours")
	}
	for _, line := range types {
		row := regexp.MustCompile("(?m)^\\| `" + line[1] + "(?:{[a-z_,]+})?` \\| " + line[2] + " \\|")
		if !row.MatchString(page) {
			t.Errorf("docs/reference/metrics.md has no row for the %s %s", line[2], line[1])
		}
	}
}

func readMetricsPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// testAlerts wants every metric of ours that the chart's alerts and dashboard name
// to be there, and the last bound that they count by. What is only there once
// something has gone wrong is on the page about metrics.
func testAlerts(t *testing.T, text string) {
	page := readMetricsPage(t)
	for _, file := range []string{"templates/prometheusrule.yaml", "dashboards/dualstack-webhook.json"} {
		data, err := os.ReadFile(filepath.Join(chart, file))
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`dualstack_[a-z_]+`).FindAllString(string(data), -1)
		if len(names) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range names {
			family := strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
			if !strings.Contains(text, "\n# TYPE "+family+" ") && !strings.Contains(page, "`"+family+"{") {
				t.Errorf("%s: no metric %s", file, name)
			}
		}
	}
	if !strings.Contains(text, `le="0.025"} `) {
		t.Error("no bucket with the bound that the alert counts by")
	}
}

// testTLS wants TLS 1.3, and HTTP/1.1 from a client that would like HTTP/2.
func testTLS(t *testing.T, address string) {
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if got := conn.ConnectionState(); got.Version != tls.VersionTLS13 || got.NegotiatedProtocol != "http/1.1" {
		t.Errorf("%s with %q, want TLS 1.3 with http/1.1", tls.VersionName(got.Version), got.NegotiatedProtocol)
	}
	config.MaxVersion = tls.VersionTLS12
	if conn, err := tls.Dial("tcp", address, config); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.2 was accepted")
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %s, want 200", url, response.Status)
	}
	return string(body)
}
