package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// alertRule is what is looked at of one of the chart's.
type alertRule struct {
	Alert       string            `json:"alert"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// alertRules are those of a PrometheusRule, whose spec is what promtool reads.
type alertRules struct {
	spec json.RawMessage
	all  map[string]alertRule // by name
}

// readRules reads the PrometheusRule that Helm has rendered.
func readRules(t *testing.T, manifest string) alertRules {
	t.Helper()
	var resource struct {
		Spec json.RawMessage `json:"spec"`
	}
	if err := yaml.Unmarshal([]byte(manifest), &resource); err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Groups []struct {
			Rules []alertRule `json:"rules"`
		} `json:"groups"`
	}
	if err := json.Unmarshal(resource.Spec, &spec); err != nil {
		t.Fatal(err)
	}
	rules := alertRules{resource.Spec, map[string]alertRule{}}
	for _, group := range spec.Groups {
		for _, rule := range group.Rules {
			rules.all[rule.Alert] = rule
		}
	}
	return rules
}

// annotations returns what people read, with the labels in their places.
func (r alertRule) annotations(labels map[string]string) map[string]string {
	filled := map[string]string{}
	for name, text := range r.Annotations {
		for label, value := range labels {
			text = strings.ReplaceAll(text, "{{ $labels."+label+" }}", value)
		}
		filled[name] = text
	}
	return filled
}

// The file format: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
type promtoolFile struct {
	RuleFiles          []string       `json:"rule_files"`
	EvaluationInterval string         `json:"evaluation_interval"`
	Tests              []promtoolTest `json:"tests"`
}

type promtoolTest struct {
	Name        string           `json:"name"`
	Interval    string           `json:"interval"`
	InputSeries []promtoolSeries `json:"input_series"`
	Alerts      []promtoolAlert  `json:"alert_rule_test,omitempty"`
	Expressions []promtoolQuery  `json:"promql_expr_test"`
}

type promtoolSeries struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

type promtoolAlert struct {
	EvalTime  string           `json:"eval_time"`
	Alertname string           `json:"alertname"`
	Expected  []promtoolFiring `json:"exp_alerts"`
}

type promtoolFiring struct {
	Labels      map[string]string `json:"exp_labels"`
	Annotations map[string]string `json:"exp_annotations"`
}

type promtoolQuery struct {
	EvalTime string           `json:"eval_time"`
	Expr     string           `json:"expr"`
	Samples  []promtoolSample `json:"exp_samples"`
}

type promtoolSample struct {
	Labels string  `json:"labels"`
	Value  float64 `json:"value"`
}

func labelsText(labels map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func minutes(n int) string { return fmt.Sprintf("%dm", n) }

// promtool runs the one of Debian's package prometheus on these rules and tests.
func promtool(t *testing.T, rules alertRules, tests []promtoolTest) {
	t.Helper()
	binary, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test needs promtool: run .ci/servers, or apt-get install prometheus")
		}
		t.Skip("NOT TESTED, for want of promtool: run .ci/servers, or apt-get install prometheus")
	}
	directory := t.TempDir()
	write := func(name string, value any) {
		data, err := yaml.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(directory, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("rules.yaml", rules.spec)
	write("tests.yaml", promtoolFile{RuleFiles: []string{"rules.yaml"}, EvaluationInterval: "1m", Tests: tests})
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "tests.yaml"}} {
		command := exec.CommandContext(t.Context(), binary, args...)
		command.Dir = directory
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
