package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// TestCommandLine runs every fixture through dualstack mutate: the patched
// object is out.yaml, the decisions are notes, and what comes out, put in again,
// stays as it is.
func TestCommandLine(t *testing.T) {
	binary := buildProgram(t)
	for _, f := range loadFixtures(t) {
		t.Run(f.name, func(t *testing.T) {
			if reason := f.notOffline(); reason != "" {
				t.Logf("dualstack mutate has no words for it: %s", reason)
				return
			}
			t.Parallel()
			in := f.files(t)
			out := f.mutate(t, binary, in, "yaml")
			documents := manifest.Split(string(out))
			if diff := cmp.Diff(decode(t, f.json(t, "out.yaml")), decode(t, toJSON(t, []byte(documents[len(documents)-1].Text)))); diff != "" {
				t.Errorf("out.yaml (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(string(f.file("notes")), patchNotes(t, f.mutate(t, binary, in, "patch"))); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if again := f.mutate(t, binary, out, "yaml"); !bytes.Equal(out, again) {
				t.Errorf("the output, put in again (-want +got):\n%s", cmp.Diff(string(out), string(again)))
			}
		})
	}
}

// notOffline returns the reason why a fixture cannot be put in files; "" if it
// can.
func (f *fixture) notOffline() string {
	switch {
	case f.file("before.yaml") != nil:
		return "a manifest says what is to be, not what was"
	case f.reached != "":
		return "offline there is no injector"
	case f.namespaceUnknown:
		return "a namespace that is not in the files counts as opted in"
	default:
		return ""
	}
}

// files returns the fixture's Namespace and its object, as one stream.
func (f *fixture) files(t *testing.T) []byte {
	t.Helper()
	namespace, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"name": f.namespaceName(t), "labels": f.namespace.Labels, "annotations": f.namespace.Annotations},
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(namespace, []byte("---\n"), f.file("in.yaml"))
}

// namespaceName returns the namespace that the object names.
func (f *fixture) namespaceName(t *testing.T) string {
	t.Helper()
	var object struct{ Metadata mutate.MetadataView }
	if err := yaml.Unmarshal(f.file("in.yaml"), &object); err != nil {
		t.Fatal(err)
	}
	if object.Metadata.Namespace == "" {
		return "default"
	}
	return object.Metadata.Namespace
}

// mutate returns what dualstack mutate prints. Unlike its own, the fixtures'
// facts are unknown unless they say otherwise.
func (f *fixture) mutate(t *testing.T, binary string, in []byte, output string) []byte {
	t.Helper()
	args := []string{"mutate", "--output", output, "--cluster-dual-stack=unknown", "--cluster-pods-dual-stack=unknown", "--istio-dual-stack=unknown", "--linkerd-dual-stack=unknown"}
	command := exec.Command(binary, append(args, f.flags...)...)
	command.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, &stderr)
	}
	return out
}

// patchNotes writes the notes of dualstack mutate -o patch as the fixtures do.
func patchNotes(t *testing.T, out []byte) string {
	t.Helper()
	var objects []struct{ Notes []mutate.Note }
	if err := json.Unmarshal(out, &objects); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if len(objects) != 1 {
		t.Fatalf("got decisions about %d objects, want 1: %s", len(objects), out)
	}
	return noteLines(objects[0].Notes)
}

func toJSON(t *testing.T, document []byte) []byte {
	t.Helper()
	out, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return out
}

// TestExamplesOffline wants of the examples, offline, what make demo shows on a
// real API server: the same objects change, for the same reasons.
func TestExamplesOffline(t *testing.T) {
	out, err := exec.Command(buildProgram(t), "mutate", "-o", "patch", "../examples").Output()
	if err != nil {
		t.Fatal(err)
	}
	var objects []struct {
		Kind, Name string
		Patch      []struct{ Path string }
		Notes      []mutate.Note
	}
	if err := json.Unmarshal(out, &objects); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range objects {
		var codes []string
		for _, n := range o.Notes {
			if !slices.Contains(codes, string(n.Code)) {
				codes = append(codes, string(n.Code))
			}
		}
		verdict := "same"
		if len(o.Patch) > 0 {
			verdict = "changed"
		}
		got[strings.ToLower(o.Kind)+"/"+o.Name] = fmt.Sprint(verdict, " ", strings.Join(codes, " "))
	}
	if diff := cmp.Diff(promised(t), got); diff != "" {
		t.Errorf("examples (-promised +got):\n%s", diff)
	}
}

// promised reads the demo's promise: of each object whether it changes, and why.
// The API server does not ask about an object that opts out; offline there is a
// note.
func promised(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("demo/promise.txt")
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]string{}
	for line := range strings.Lines(string(data)) {
		object, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.Contains(object, "/") || strings.HasPrefix(line, " ") {
			continue
		}
		columns := slices.DeleteFunc(strings.Split(rest, "  "), func(c string) bool { return strings.TrimSpace(c) == "" })
		verdict, why := "changed", strings.TrimSpace(columns[len(columns)-1])
		if strings.TrimSpace(columns[0]) == "same" {
			verdict = "same"
		}
		if why == "(not asked)" {
			why = string(mutate.CodeOptedOut)
		}
		objects[object] = verdict + " " + why
	}
	return objects
}
