package chart

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "rewrite the changes of switches/ from what Helm renders")

// fixture is one archive of switches/. Its comment says what the values are for,
// values.yaml holds them, and changes says how what Helm renders differs from the
// default, field by field; or error says a part of Helm's refusal.
type fixture struct {
	path    string
	archive *txtar.Archive
}

func loadFixtures(t *testing.T) []*fixture {
	t.Helper()
	paths, err := filepath.Glob("switches/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %d fixtures: %v", len(paths), err)
	}
	fixtures := make([]*fixture, len(paths))
	for i, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(archive.Files) != 2 || archive.Files[0].Name != "values.yaml" || (archive.Files[1].Name != "changes" && archive.Files[1].Name != "error") {
			t.Fatalf("%s: want the files values.yaml, and changes or error", path)
		}
		fixtures[i] = &fixture{path, archive}
	}
	return fixtures
}

func (f *fixture) name() string   { return strings.TrimSuffix(filepath.Base(f.path), ".txtar") }
func (f *fixture) values() []byte { return f.archive.Files[0].Data }
func (f *fixture) refused() bool  { return f.archive.Files[1].Name == "error" }
func (f *fixture) want() string   { return string(f.archive.Files[1].Data) }

// TestSwitches shows what each value changes, and that it changes nothing else;
// and has the real API server take all of it.
func TestSwitches(t *testing.T) {
	byDefault, err := render(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := fieldsOf(decode(t, byDefault))
	server := startServer(t)
	t.Run("default", func(t *testing.T) { server.accepts(t, decode(t, byDefault)) })
	for _, f := range loadFixtures(t) {
		t.Run(f.name(), func(t *testing.T) {
			manifest, err := render(t, f.values())
			if f.refused() {
				if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(f.want())) {
					t.Errorf("helm template = %v, want an error with %q", err, strings.TrimSpace(f.want()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			objects := decode(t, manifest)
			got := changes(before, fieldsOf(objects))
			if *update {
				f.archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(f.path, txtar.Format(f.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(f.want(), got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			server.accepts(t, objects)
		})
	}
}

// TestEverySwitchHasAFixture wants each value of values.yaml changed by one.
func TestEverySwitchHasAFixture(t *testing.T) {
	set := map[string]bool{}
	for _, f := range loadFixtures(t) {
		if !f.refused() {
			for _, path := range leaves(t, f.values()) {
				set[path] = true
			}
		}
	}
	values, err := os.ReadFile(filepath.Join(directory, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range leaves(t, values) {
		if !set[path] {
			t.Errorf("no fixture of switches/ sets %s", path)
		}
	}
}

// open holds the values that are objects of Kubernetes, or maps of any keys: each
// is one value.
var open = map[string]bool{
	"affinity": true, "certificates.certManager.issuerRef": true, "commonAnnotations": true, "commonLabels": true,
	"configuration.istio.cidrs": true, "configuration.istio.revisions": true, "dashboard.labels": true, "nodeSelector": true, "podAnnotations": true, "podLabels": true,
	"podSecurityContext": true, "prometheusRule.labels": true, "resources": true, "securityContext": true,
	"service.annotations": true, "serviceAccount.annotations": true, "serviceMonitor.labels": true, "webhook.annotations": true,
}

// leaves returns the paths of all values in a document of values.
func leaves(t *testing.T, document []byte) []string {
	t.Helper()
	var values map[string]any
	if err := yaml.UnmarshalStrict(document, &values); err != nil {
		t.Fatal(err)
	}
	var paths []string
	var walk func(path string, value any)
	walk = func(path string, value any) {
		mapping, ok := value.(map[string]any)
		if !ok || open[path] {
			paths = append(paths, path)
			return
		}
		for key, member := range mapping {
			walk(strings.TrimPrefix(path+"."+key, "."), member)
		}
	}
	walk("", values)
	return paths
}
