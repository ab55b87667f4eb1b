package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// schema names the parts of a JSON schema that are looked at.
type schema struct {
	Type                 string
	Description          string
	Properties           map[string]*schema
	AdditionalProperties any
	Items                *schema
}

// TestSchema wants the schema to know every value of values.yaml and no other, so
// that a typing error is refused wherever it is.
func TestSchema(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(directory, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var root schema
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	delete(root.Properties, "global") // Helm's own.
	var known []string
	var walk func(path string, s *schema)
	walk = func(path string, s *schema) {
		if s.Type == "object" && s.AdditionalProperties != false && !open[path] {
			t.Errorf("%s: additionalProperties = %v, want false", path, s.AdditionalProperties)
		}
		if len(s.Properties) == 0 || open[path] {
			known = append(known, path)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			walk(strings.TrimPrefix(path+"."+name, "."), s.Properties[name])
		}
	}
	walk("", &root)
	values, err := os.ReadFile(filepath.Join(directory, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	there := leaves(t, values)
	slices.Sort(there)
	slices.Sort(known)
	if diff := cmp.Diff(there, known); diff != "" {
		t.Errorf("values.yaml and values.schema.json (-values +schema):\n%s", diff)
	}
}

// TestUnknownKeys gives Helm a key too many at each level.
func TestUnknownKeys(t *testing.T) {
	for _, path := range []string{"", "image", "configuration", "configuration.services", "certificates.self", "webhook", "rbac"} {
		values := "surplus: true"
		for _, name := range slices.Backward(strings.FieldsFunc(path, func(r rune) bool { return r == '.' })) {
			values = fmt.Sprintf("%s: {%s}", name, values)
		}
		if _, err := render(t, []byte(values)); err == nil || !strings.Contains(err.Error(), "'surplus' not allowed") {
			t.Errorf("helm template with %s = %v, want that it is not allowed", values, err)
		}
	}
}

func TestLint(t *testing.T) {
	if out, stderr, err := helm(t, "lint", "--strict", directory); err != nil {
		t.Errorf("helm lint: %v\n%s%s", err, out, stderr)
	}
}

// TestRendering wants what the API-server tests install to be the chart.
func TestRendering(t *testing.T) {
	got, err := render(t, nil, "--skip-tests")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../envtest/chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("test/envtest/chart.yaml is stale: run make generate (-there +rendered):\n%s", diff)
	}
}
