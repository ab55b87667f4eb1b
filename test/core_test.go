package test

import (
	"encoding/json"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestCore runs every fixture through the core: the patched object is out.yaml,
// the decisions are notes, and the second application changes nothing.
func TestCore(t *testing.T) {
	for _, f := range loadFixtures(t) {
		t.Run(f.name, func(t *testing.T) {
			in := f.json(t, "in.yaml")
			result := f.decide(t, in)
			out := apply(t, in, result)
			if *update {
				f.rewrite(t, out, noteLines(result.Notes))
			}
			if diff := cmp.Diff(decode(t, f.json(t, "out.yaml")), decode(t, out)); diff != "" {
				t.Errorf("out.yaml (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(string(f.file("notes")), noteLines(result.Notes)); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if second := f.decide(t, out); second.Patch != nil {
				t.Errorf("the second application is not empty: %+v", second.Patch)
			}
		})
	}
}

// TestEveryCodeAndProfileHasAFixture fails when knowledge is added without an
// example of it.
func TestEveryCodeAndProfileHasAFixture(t *testing.T) {
	codes, parts := map[mutate.Code]bool{}, map[string]bool{}
	var policy mutate.Policy
	for _, f := range loadFixtures(t) {
		policy = f.policy(t)
		for _, note := range f.decide(t, f.json(t, "in.yaml")).Notes {
			codes[note.Code] = true
			parts[note.Part[strings.Index(note.Part, "/")+1:]] = true
		}
	}
	for _, code := range mutate.Codes() {
		if !codes[code] {
			t.Errorf("no fixture ends in the code %s", code)
		}
	}
	for _, server := range policy.Servers {
		if !parts[server.Name] {
			t.Errorf("no fixture has the server %s", server.Name)
		}
	}
	for _, profile := range policy.Profiles.All() {
		if !parts[profile.Name] {
			t.Errorf("no fixture has the sidecar %s", profile.Name)
		}
	}
}

// decide asks the core about an object, as the webhook would.
func (f *fixture) decide(t *testing.T, object []byte) mutate.Result {
	t.Helper()
	switch kind := f.kind(t); kind {
	case "Pod":
		return mutate.Pod(view[mutate.PodView](t, object), f.policy(t))
	case "Service":
		var before mutate.Before
		if f.file("before.yaml") != nil {
			before.ServiceView = view[mutate.ServiceView](t, f.json(t, "before.yaml"))
		}
		return mutate.Service(mutate.After{ServiceView: view[mutate.ServiceView](t, object)}, before, f.policy(t))
	default:
		t.Fatalf("%s: in.yaml is a %s, want a Pod or a Service", f.name, kind)
		return mutate.Result{}
	}
}

func view[O any](t *testing.T, object []byte) *O {
	t.Helper()
	o := new(O)
	if err := jsonv2.Unmarshal(object, o); err != nil {
		t.Fatal(err)
	}
	return o
}

func apply(t *testing.T, object []byte, result mutate.Result) []byte {
	t.Helper()
	if result.Patch == nil {
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
		t.Fatalf("applying %s: %v", encoded, err)
	}
	return out
}

func decode(t *testing.T, object []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(object, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
