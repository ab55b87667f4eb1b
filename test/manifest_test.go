package test

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/webhook"
)

// TestChartCallsEveryHandler holds the paths of the webhook configuration
// against those of the program: a path without a handler would fail open, for
// ever and in silence.
func TestChartCallsEveryHandler(t *testing.T) {
	configuration := readConfiguration(t, "envtest/chart.yaml")
	var paths []string
	for _, w := range configuration.Webhooks {
		paths = append(paths, *w.ClientConfig.Service.Path)
	}
	slices.Sort(paths)
	handlers := webhook.Handlers(webhook.Options{Metrics: webhook.NewMetrics(prometheus.NewRegistry(), webhook.Build{})})
	if diff := cmp.Diff(slices.Sorted(maps.Keys(handlers)), paths); diff != "" {
		t.Errorf("paths of the chart (-handlers +got):\n%s", diff)
	}
}

// TestChartFailsOpen holds each webhook against what the design promises.
func TestChartFailsOpen(t *testing.T) {
	for _, w := range readConfiguration(t, "envtest/chart.yaml").Webhooks {
		type promises struct {
			Failure      admissionregistrationv1.FailurePolicyType
			Match        admissionregistrationv1.MatchPolicyType
			Reinvocation admissionregistrationv1.ReinvocationPolicyType
			SideEffects  admissionregistrationv1.SideEffectClass
			Timeout      int32
		}
		want := promises{"Ignore", "Equivalent", "IfNeeded", "None", 2}
		got := promises{*w.FailurePolicy, *w.MatchPolicy, *w.ReinvocationPolicy, *w.SideEffects, *w.TimeoutSeconds}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", w.Name, diff)
		}
	}
}

// readConfiguration returns the webhook configuration of a manifest.
func readConfiguration(t *testing.T, file string) *admissionregistrationv1.MutatingWebhookConfiguration {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var configuration admissionregistrationv1.MutatingWebhookConfiguration
		if err := yaml.Unmarshal(document, &configuration); err == nil && configuration.Kind == "MutatingWebhookConfiguration" {
			if err := yaml.UnmarshalStrict(document, &configuration); err != nil {
				t.Fatal(err)
			}
			return &configuration
		}
	}
	t.Fatalf("%s holds no MutatingWebhookConfiguration", file)
	return nil
}
