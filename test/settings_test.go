package test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestChartSetsEverySetting wants every setting of dualstack serve that is a
// decision to be in the chart's configuration file: what is not, no user of the
// chart can set, since its schema refuses it. The rest are the chart's arguments,
// or for use without it.
func TestChartSetsEverySetting(t *testing.T) {
	help, err := exec.Command(buildProgram(t), "serve", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := chartSettings(t)
	flags := regexp.MustCompile(`(?m)^ +--((?:cluster|istio|linkerd|log|pods|services|sidecars)-[a-z-]+) `).FindAllSubmatch(help, -1)
	if len(flags) == 0 {
		t.Fatalf("dualstack serve --help names no settings:\n%s", help)
	}
	for _, flag := range flags {
		if !known[strings.ReplaceAll(string(flag[1]), "-", "")] {
			t.Errorf("the chart's configuration does not have --%s", flag[1])
		}
	}
}

// chartSettings returns the keys of the chart's configuration file in lower case,
// without what stands between their words.
func chartSettings(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile("envtest/chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var configuration corev1.ConfigMap
		if err := yaml.Unmarshal(document, &configuration); err == nil && configuration.Kind == "ConfigMap" {
			if err := yaml.UnmarshalStrict([]byte(configuration.Data["config.yaml"]), &file); err != nil {
				t.Fatal(err)
			}
		}
	}
	keys := map[string]bool{}
	for name, value := range file {
		keys[strings.ToLower(name)] = true
		section, _ := value.(map[string]any)
		for setting := range section {
			keys[strings.ToLower(name+setting)] = true
		}
	}
	return keys
}

// TestConfigurationPage wants each flag of dualstack serve to have a row with its
// variable, its default and, but for --config, its key.
func TestConfigurationPage(t *testing.T) {
	help, err := exec.Command(buildProgram(t), "serve", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^ +--([a-z-]+) .*?(?:\(default "?([^")]+)"?\))?$`).FindAllStringSubmatch(string(help), -1)
	if len(flags) == 0 {
		t.Fatalf("dualstack serve --help names no flags:\n%s", help)
	}
	page := readPage(t, "../docs/reference/configuration.md")
	for _, flag := range flags {
		variable := "DUALSTACK_" + strings.ToUpper(strings.ReplaceAll(flag[1], "-", "_"))
		row := regexp.MustCompile("(?m)^\\| `--" + flag[1] + "` \\| `" + variable + "` \\| (?:`([a-zA-Z.]+)`)? ?\\| (.*?) ?\\| .*$").FindStringSubmatch(page)
		if row == nil {
			t.Errorf("docs/reference/configuration.md has no row with --%s and %s", flag[1], variable)
			continue
		}
		if got, want := strings.ToLower(strings.ReplaceAll(row[1], ".", "")), strings.ReplaceAll(flag[1], "-", ""); got != want && flag[1] != "config" {
			t.Errorf("the key of --%s = %q", flag[1], row[1])
		}
		if got, want := strings.NewReplacer("`", "", " ", "").Replace(row[2]), strings.Trim(flag[2], "[]"); got != want {
			t.Errorf("the default of --%s = %q, want %q", flag[1], got, want)
		}
	}
}
