package manifest_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/manifest"
)

// TestJSONIsKubectls compares the JSON of objects with what kubectl makes of
// them.
func TestJSONIsKubectls(t *testing.T) {
	for _, seed := range seeds(t) {
		for _, document := range manifest.Split(string(seed)) {
			checkKubectl(t, document)
		}
	}
}

func checkKubectl(t *testing.T, document manifest.Document) {
	t.Helper()
	parsed, err := document.Parse()
	if err != nil || len(parsed.Objects()) != 1 || parsed.Objects()[0].Path != "" {
		return
	}
	got, err := parsed.Objects()[0].JSON("")
	if err != nil {
		return
	}
	want, err := sigsyaml.YAMLToJSON([]byte(document.Text))
	if json.Valid([]byte(document.Text)) {
		// kubectl reads what begins with a brace as JSON.
		want, err = []byte(document.Text), nil
	}
	if err != nil {
		t.Errorf("kubectl does not read %q: %v", document.Text, err)
		return
	}
	if diff := cmp.Diff(decode(t, want), decode(t, got)); diff != "" {
		t.Errorf("JSON() of %q (-kubectl +got):\n%s", document.Text, diff)
	}
}
