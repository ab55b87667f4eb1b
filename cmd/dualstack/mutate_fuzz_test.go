package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// FuzzMutate decides about any bytes. There is an error, or the output means the
// input with the patches applied, its documents that do not change are equal
// byte for byte, and put in again it stays as it is.
func FuzzMutate(f *testing.F) {
	for _, seed := range mutateSeeds(f) {
		f.Add(seed)
	}
	settings := policySettings{clusterDualStack: mutate.Enabled, clusterPods: mutate.Enabled, istioDualStack: mutate.Enabled, linkerdDualStack: mutate.Enabled, headless: true}
	policy, err := settings.policy()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := readText(string(data))
		if decideAll([]*file{in}, policy, "default") != nil {
			return
		}
		out := readText(in.mutated())
		if err := decideAll([]*file{out}, policy, "default"); err != nil {
			t.Fatalf("deciding about the output: %v\n%s", err, out.text)
		}
		if len(out.edits) > 0 {
			t.Fatalf("the output, put in again, changes:\n%s\n%s", out.text, out.mutated())
		}
		checkDocuments(t, in, out)
		checkMeaning(t, in, out)
	})
}

func readText(text string) *file {
	return &file{name: "fuzz.yaml", text: text, documents: manifest.Split(text)}
}

// checkDocuments wants each document that no object changes in as it was.
func checkDocuments(t *testing.T, in, out *file) {
	t.Helper()
	if len(in.documents) != len(out.documents) {
		t.Fatalf("%d documents became %d:\n%s", len(in.documents), len(out.documents), out.text)
	}
	changes := map[int]bool{}
	for _, o := range in.objects {
		changes[o.document] = changes[o.document] || o.result.Patch != nil
	}
	for i, document := range in.documents {
		if !changes[document.Index] && document.Text != out.documents[i].Text {
			t.Errorf("document %d, which does not change, became:\n%s", document.Index, out.documents[i].Text)
		}
	}
}

// checkMeaning applies the patches to the objects of in with the library of the
// API server, and wants the objects of out.
func checkMeaning(t *testing.T, in, out *file) {
	t.Helper()
	patches := map[string]decided{}
	for _, o := range in.objects {
		patches[string(rune(o.document))+o.path] = o
	}
	for i, document := range in.documents {
		before, after := objects(t, document), objects(t, out.documents[i])
		if len(before) != len(after) {
			t.Fatalf("document %d: %d objects became %d", document.Index, len(before), len(after))
		}
		for j, object := range before {
			want := asJSON(t, object)
			if o := patches[string(rune(document.Index))+object.Path]; o.result.Patch != nil {
				want = patched(t, want, o.result)
			}
			if diff := cmp.Diff(decoded(t, want), decoded(t, asJSON(t, after[j]))); diff != "" {
				t.Errorf("document %d, %s (-want +got):\n%s", document.Index, object.Path, diff)
			}
		}
	}
}

func objects(t *testing.T, document manifest.Document) []manifest.Object {
	t.Helper()
	parsed, err := document.Parse()
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Objects()
}

// asJSON returns null for an object that JSON cannot express.
func asJSON(t *testing.T, object manifest.Object) []byte {
	t.Helper()
	data, err := object.JSON("")
	if err != nil {
		return []byte("null")
	}
	return data
}

func patched(t *testing.T, object []byte, result mutate.Result) []byte {
	t.Helper()
	if string(object) == "null" {
		return object
	}
	encoded, err := json.Marshal(result.Patch)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatchv4.DecodePatch(encoded)
	if err != nil {
		t.Fatal(err)
	}
	out, err := patch.Apply(object)
	if err != nil {
		t.Fatalf("applying %s to %s: %v", encoded, object, err)
	}
	return out
}

func decoded(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}

// mutateSeeds are the examples, the fixtures, and the manifests of the scripts.
func mutateSeeds(f *testing.F) [][]byte {
	f.Helper()
	var seeds [][]byte
	for _, pattern := range []string{"../../examples/*.yaml", "../../test/fixtures/*.txtar", "testdata/script/mutate-*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("%s: %d files: %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			if filepath.Ext(path) != ".txtar" {
				seeds = append(seeds, data)
				continue
			}
			for _, archived := range txtar.Parse(data).Files {
				seeds = append(seeds, archived.Data)
			}
		}
	}
	return seeds
}
