package patch_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

func TestPath(t *testing.T) {
	for _, tc := range []struct {
		name string
		got  patch.Path
		want patch.Path
	}{
		{"Document", "", ""},
		{"Field", patch.Path("").Field("spec").Field("type"), "/spec/type"},
		{"Index:first", patch.Path("/spec/containers").Index(0), "/spec/containers/0"},
		{"Index:End", patch.Path("/env").Index(patch.End), "/env/-"},
		{"Field:slash", patch.Path("/metadata/annotations").Field("dualstack.dev/status"), "/metadata/annotations/dualstack.dev~1status"},
		{"Field:tilde", patch.Path("").Field("a~b"), "/a~0b"},
		{"Field:tilde-and-slash", patch.Path("").Field("~1/"), "/~01~1"},
		{"Field:empty", patch.Path("").Field(""), "/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
}

func TestBuilder(t *testing.T) {
	for _, tc := range []struct {
		name, doc, want string
		build           func(*patch.Builder)
	}{
		{"Set:absent", `{"spec":{}}`, `{"spec":{"p":"v"}}`, func(b *patch.Builder) { b.Set("/spec/p", "v") }},
		{"Set:present", `{"spec":{"p":"w"}}`, `{"spec":{"p":"v"}}`, func(b *patch.Builder) { b.Set("/spec/p", "v") }},
		{"Remove:one", `{"m":{"a/b":"v","c":"d"}}`, `{"m":{"c":"d"}}`, func(b *patch.Builder) { b.Remove(patch.Path("/m").Field("a/b")) }},
		{"Remove:last", `{"m":{"a":"v"}}`, `{"m":{}}`, func(b *patch.Builder) { b.Remove("/m/a") }},
		{"Append:absent", `{}`, `{"l":[1]}`, func(b *patch.Builder) { b.Append("/l", 0, 1) }},
		{"Append:null", `{"l":null}`, `{"l":[1]}`, func(b *patch.Builder) { b.Append("/l", 0, 1) }},
		{"Append:empty", `{"l":[]}`, `{"l":[1]}`, func(b *patch.Builder) { b.Append("/l", 0, 1) }},
		{"Append:some", `{"l":[1]}`, `{"l":[1,2]}`, func(b *patch.Builder) { b.Append("/l", 1, 2) }},
		{"SetEntry:absent", `{}`, `{"m":{"a/b":"v"}}`, func(b *patch.Builder) { b.SetEntry("/m", 0, "a/b", "v") }},
		{"SetEntry:null", `{"m":null}`, `{"m":{"a/b":"v"}}`, func(b *patch.Builder) { b.SetEntry("/m", 0, "a/b", "v") }},
		{"SetEntry:some", `{"m":{"c":"d"}}`, `{"m":{"a/b":"v","c":"d"}}`, func(b *patch.Builder) { b.SetEntry("/m", 1, "a/b", "v") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b patch.Builder
			tc.build(&b)
			got := apply(t, tc.doc, b.Operations())
			if diff := cmp.Diff(decode(t, tc.want), decode(t, got)); diff != "" {
				t.Errorf("patched document (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuilderZero(t *testing.T) {
	var b patch.Builder
	if got := b.Operations(); got != nil {
		t.Errorf("Operations() = %v, want nil", got)
	}
}

// FuzzField checks that the escaped name addresses exactly the member of that
// name, for the library with which the API server applies patches.
func FuzzField(f *testing.F) {
	for _, name := range []string{"status", "dualstack.dev/status", "~", "~1", "/", "", "é", "a b", "~0~1"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		// JSON strings are valid UTF-8; the encoder replaces the rest.
		name = strings.ToValidUTF8(name, "")
		var b patch.Builder
		b.Set(patch.Path("").Field(name), "new")
		got := decode(t, apply(t, encode(t, map[string]any{name: "old", "other/": "kept"}), b.Operations()))
		want := map[string]any{"other/": "kept"}
		want[name] = "new"
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("Field(%q) addressed another member (-want +got):\n%s", name, diff)
		}
	})
}

func apply(t *testing.T, doc string, ops any) string {
	t.Helper()
	decoded, err := jsonpatchv4.DecodePatch([]byte(encode(t, ops)))
	if err != nil {
		t.Fatalf("decoding the patch: %v", err)
	}
	out, err := decoded.Apply([]byte(doc))
	if err != nil {
		t.Fatalf("applying %s to %s: %v", encode(t, ops), doc, err)
	}
	return string(out)
}

func encode(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func decode(t *testing.T, doc string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
