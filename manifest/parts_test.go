package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// partsCases are Lists, and whether they can be read in parts.
func partsCases() []partsCase {
	const head, tail = "apiVersion: v1\nitems:\n", "kind: List\n"
	return []partsCase{
		{"items_at_the_margin", head + "- a: 1\n- b: [1, 2]\n- c: {d: x}\n" + tail, true},
		{"items_indented", head + "  - a: 1\n\n  # A comment.\n  - b:\n    - 1\n    - 2\n  - c: |\n      - text\n" + tail, true},
		{"items_last", "kind: List\n" + head + "- a: 1\n- b: 2\n", true},
		{"items_last_without_line_feed", "kind: List\n" + head + "- a: 1\n- b: 2", true},
		{"items_have_items", head + "- items:\n  - 1\n  - 2\n- items:\n  - 3\n" + tail, true},
		{"byte_order_mark", byteOrderMark + head + "- a: é\n- b: 2\n" + tail, true},
		{"line_breaks_of_Windows", strings.ReplaceAll(head+"- a: 1\n- b: 2\n"+tail, "\n", "\r\n"), true},
		{"alias_in_an_item", head + "- a: &x 1\n  b: *x\n- c: 3\n" + tail, true},
		{"alias_of_another_item", head + "- a: &x 1\n- b: *x\n" + tail, false},
		{"quoted_scalar_like_items", head + "- a: \"\n- b: 2\"\n- c: 3\n" + tail, false},
		{"flow_collection_like_items", head + "- a: [1,\n- 2]\n- c: 3\n" + tail, false},
		{"items_in_flow_style", "items: [a, b]\n" + tail, false},
		{"items_are_a_mapping", head + "  a: 1\n  b: 2\n" + tail, false},
		{"items_in_a_block_scalar", "a: |\n items:\nitems:\n- a: 1\n- b: 2\n", true},
		{"items_twice_in_text", "a: |\n\nitems:\n- a: 1\nb: |\n items:\n - 1\n", true},
		{"items_in_a_flow_mapping", "{\nitems:\n- a: 1\n}\n", false},
		{"no_items", "a:\n- 1\n- 2\n", false},
	}
}

type partsCase struct {
	name, text string
	inParts    bool
}

// TestReadParts reads Lists in the smallest parts, and wants the tree that
// reading them as a whole leads to.
func TestReadParts(t *testing.T) {
	for _, tc := range partsCases() {
		t.Run(tc.name, func(t *testing.T) {
			if got := checkParts(t, tc.text); got != tc.inParts {
				t.Errorf("read in parts: %t, want %t", got, tc.inParts)
			}
		})
	}
}

// FuzzReadParts wants what reads in parts to be what it reads as.
func FuzzReadParts(f *testing.F) {
	for _, tc := range partsCases() {
		f.Add(tc.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkEncoding(text) == nil && checkControl(text) == nil {
			checkParts(t, text)
		}
	})
}

// checkParts compares the tree that is read in parts with the one that is read
// as a whole, and reports whether there is one.
func checkParts(t *testing.T, text string) bool {
	t.Helper()
	got := readParts(text, 1)
	if got == nil {
		return false
	}
	want, err := (&treeReader{text: text}).read()
	if err != nil {
		t.Fatalf("%q is read in parts; as a whole: %v", text, err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, properties{})); diff != "" {
		t.Errorf("%q (-whole +parts):\n%s", text, diff)
	}
	return true
}
