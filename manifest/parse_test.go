package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/manifest"
)

// service begins a document that is read to its end.
const service = "apiVersion: v1\nkind: Service\n"

// TestParseErrors wants an error that names the line for what is no manifest, or
// one that readers would understand differently.
func TestParseErrors(t *testing.T) {
	for _, tc := range []struct {
		name, text, want string
	}{
		{"Encoding:UTF-16LE", "\xff\xfea\x00", "line 1: the text is UTF-16: convert it to UTF-8"},
		{"Encoding:UTF-16BE", "\xfe\xff\x00a", "line 1: the text is UTF-16: convert it to UTF-8"},
		{"Encoding:NUL", service + "a: \x00", "line 3: a NUL byte: this is no text"},
		{"Encoding:Latin-1", service + "a: caf\xe9", "line 3: a byte that is not UTF-8"},
		{"Encoding:replacement_character", service + "a: \ufffd", ""},
		{"Encoding:control", service + "a: \x1b", "line 3: a control character, which YAML does not allow: is this a manifest?"},
		{"Encoding:rubbish_without_object", "\x1f\x8b\x08", "line 1: a byte that is not UTF-8"},

		{"Syntax:tab", service + "spec:\n\ta: 1\n", "line 4: found character that cannot start any token"},
		{"Syntax:indentation", service + "spec:\n  a: 1\n b: 2\n", "line 5: did not find expected key"},
		{"Syntax:no_object", "]", ""},
		{"Syntax:template", service + "metadata: {{ .Values }}\n", "line 3: the key of a member is a collection: it must be a string (is a template rendered?)"},

		{"Keys:twice", service + "spec: {a: 1, a: 2}\n", `line 3: "a" is set twice in one mapping: keep one`},
		{"Keys:twice_differently_written", service + "spec: {1: a, 0x1: b}\n", `line 3: "1" is set twice in one mapping: keep one`},
		{"Keys:null", service + "spec: {~: a}\n", `line 3: the key "~" of a member is no string: quote it`},
		{"Merge:scalar", service + "spec: {<<: a}\n", `line 3: "<<" takes in something that is no mapping`},
		{"Merge:twice", service + "spec: {<<: {a: 1}, <<: {b: 2}}\n", `line 3: a second "<<" in one mapping: give the first a list`},
		{"Merge:after_the_member", service + "spec: {a: 1, <<: {a: 2}}\n", `line 3: "a" is set here and by the "<<" after it: move "<<" to the front`},
		{"Alias:of_itself", service + "spec: &a [*a]\n", "line 3: the alias *a refers to what it is a part of"},
		{"Alias:unknown", service + "spec: *a\n", "line 3: unknown anchor 'a' referenced"},
		{"Alias:billion_laughs", service + laughs(), "line 8: aliases make the document more than 10 times as large"},
		{"Depth:1001", service + "spec: " + strings.Repeat("[", 1001) + strings.Repeat("]", 1001), "line 3: nested more than 1000 deep"},

		{"JSON:comma", `{"apiVersion": "v1", "kind": "Service" "spec": {}}`, `line 1: invalid character '"' after object value (expecting ',' or '}')`},
		{"JSON:kind_twice", `{"apiVersion": "v1", "kind": "Service", "kind": "Pod"}`, `line 1: "kind" is set twice in one mapping: keep one`},
		{"JSON:name_twice_elsewhere", `{"apiVersion": "v1", "kind": "Service", "a": 1, "a": 2}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := manifest.Split(tc.text)[0].Parse()
			if got := fmt.Sprint(err); tc.want != "" && got != tc.want || tc.want == "" && err != nil {
				t.Errorf("Parse() = %q, want %q", got, tc.want)
			}
		})
	}
}

// laughs is a document whose aliases stand for ten to the power of nine words.
func laughs() string {
	var text strings.Builder
	text.WriteString("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&text, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return text.String()
}

// TestObjects finds objects where they may stand.
func TestObjects(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string // kind namespace/name path line
	}{
		{"Document:object", service + "metadata: {name: a, namespace: b}\n", []string{`v1 Service "b"/"a" "" 1`}},
		{"Document:comments_first", "# one\n# two\n---\n" + service, []string{`v1 Service ""/"" "" 4`}},
		{"Document:no_kind", "apiVersion: v1\n", nil},
		{"Document:kind_is_a_number", "apiVersion: v1\nkind: 1\n", nil},
		{"Document:sequence", "- apiVersion: v1\n  kind: Service\n", nil},
		{"Document:escapes", `{"\u0061piVersion": "v1", "kind": "Service"}`, []string{`v1 Service ""/"" "" 1`}},
		{"List:items", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: v1, kind: Service}\n", []string{`v1 Pod ""/"" "/items/0" 4`, `v1 Service ""/"" "/items/1" 5`}},
		{"List:typed", "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n", []string{`v1 Pod ""/"a" "/items/0" 4`}},
		{"List:in_a_list", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}]}\n", []string{`v1 Pod ""/"" "/items/0/items/0" 4`}},
		{"List:of_a_function", "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {apiVersion: v1, kind: Pod}\n", []string{`v1 Pod ""/"" "/items/0" 4`}},
		{"List:empty", "apiVersion: v1\nkind: List\nitems: []\n", nil},
		{"List:without_items", "apiVersion: example.com/v1\nkind: AllowList\n", []string{`example.com/v1 AllowList ""/"" "" 1`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parsed, err := manifest.Split(tc.text)[0].Parse()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range parsed.Objects() {
				got = append(got, fmt.Sprintf("%s %s %q/%q %q %d", o.APIVersion, o.Kind, o.Namespace, o.Name, o.Path, o.Line))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Objects() (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLineAt wants the line of a value, or of what is nearest to it from above.
func TestLineAt(t *testing.T) {
	text := "# A comment.\n" + service + "spec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n  - port: 81\n"
	parsed, err := manifest.Split(text)[0].Parse()
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]int{
		"": 2, "/spec/selector/app": 6, "/spec/ports/1/port": 9, "/spec/ports/1/name": 9, "/spec/ports/7": 8, "/status/x": 2,
	} {
		if got := parsed.Objects()[0].LineAt(pointer); got != want {
			t.Errorf("LineAt(%q) = %d, want %d", pointer, got, want)
		}
	}
}
