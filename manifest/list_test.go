package manifest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gomodules.xyz/jsonpatch/v2"
)

// TestParts reads and changes Lists in parts, and wants what comes of the whole.
func TestParts(t *testing.T) {
	const a, b = "apiVersion: v1\n  kind: A\n", "kind: B\n  apiVersion: v1\n"
	const list, items = "apiVersion: v1\nkind: List\n", "items:\n- " + a + "- " + b
	for _, tc := range []struct {
		name, text string
		want       int // parts that can be read; 1 where the whole has to be
	}{
		{"list", list + items, 2},
		{"without_a_last_line_feed", list + strings.TrimSuffix(items, "\n"), 2},
		{"members_behind_the_items", "kind: List\n" + items + "# A comment.\napiVersion: v1\n", 2},
		{"comments_between_the_items", list + "items:\n# One.\n- " + a + "\n# Two.\n- " + b + "# Three.\n", 2},
		{"items_indented", list + "items:\n  - " + strings.ReplaceAll(a, "\n ", "\n   ") + "  - " + strings.ReplaceAll(b, "\n ", "\n   "), 2},
		{"typed_list", "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n", 2},
		{"list_in_a_list", list + "items:\n- " + a + "- " + list[:15] + "  " + list[15:] + "  items:\n  - kind: C\n    apiVersion: v1\n", 2},
		{"four_items", list + items + "- " + a + "- " + b, 4},
		{"quoted_scalar_like_items", list + "items:\n- \"x\n- y\"\n- " + a + "- " + b, 1},
		{"item_that_is_none", list + items + "- 1\n- null\n", 4},
		{"marker_before_it", "---\n" + list + items, 2},
		{"byte_order_mark", byteOrderMark + list + items, 2},
		{"line_breaks_of_Windows", strings.ReplaceAll(list+items, "\n", "\r\n"), 2},
		{"no_list", "apiVersion: v1\nkind: Menu\n" + items, 1},
		{"no_kind", items, 1},
		{"member_twice", list + "kind: List\n" + items, 1},
		{"member_twice_in_an_item", list + items + "  kind: B\n", 1},
		{"anchor_in_another_item", list + "items:\n- &a\n  " + a + "- <<: *a\n", 1},
		{"anchor_before_the_items", "x: &x 1\n" + list + "items:\n- x: *x\n  " + a + "- " + b, 1},
		{"control_character", "x: \x7f\n" + list + items, 1},
		{"items_in_a_flow_mapping", "{\nitems:\n- " + a + "- " + b + "}\n", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := checkDocumentParts(t, tc.text, 1); got != tc.want {
				t.Errorf("read in %d parts, want %d", got, tc.want)
			}
			for size := range len(tc.text) / 2 {
				checkDocumentParts(t, tc.text, size+1)
			}
		})
	}
}

// FuzzParts wants what is read and changed in parts to be what comes of the
// whole.
func FuzzParts(f *testing.F) {
	for _, tc := range partsCases() {
		f.Add("apiVersion: v1\nkind: List\n" + strings.NewReplacer("apiVersion: v1\n", "", "kind: List\n", "").Replace(tc.text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, document := range Split(text) {
			for _, size := range []int{1, 16, len(document.Text) / 3} {
				checkDocumentParts(t, document.Text, max(size, 1))
			}
		}
	})
}

// TestReadItems wants nothing but the lines of a sequence at the column of the List
// to be a part of it.
func TestReadItems(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		indent     int
		want       bool
	}{
		{"entries", "- a\n- b: 1\n  c: 2\n", 0, true},
		{"comment_at_the_margin", "  - a\n# b\n  - c\n", 2, true},
		{"block_scalar", "- |\n  - a\n", 0, true},
		{"entry_further_in", "  - a\n", 0, false},
		{"entry_further_out", "  - a\n- b\n", 2, false},
		{"member_at_the_margin", "- a\nb: 1\n", 0, false},
		{"end_of_the_document", "- a\n...\n", 0, false},
		{"quoted_scalar_like_entries", "- \"a\n- b\"\n", 0, false},
		{"flow_sequence", "[a]\n", 0, false},
		{"control_character", "- a\x7f\n", 0, false},
		{"nothing", "", 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := readItems(tc.text, tc.indent); (err == nil) != tc.want {
				t.Errorf("readItems() = %v, want success: %t", err, tc.want)
			}
		})
	}
}

// TestVerifyPart wants a part whose last line no longer ends to be seen: the next
// item would run into it.
func TestVerifyPart(t *testing.T) {
	const text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- apiVersion: v1\n  kind: B\n"
	first, err := Document{Text: text, Index: 1, Line: 1}.parts(1)[0].Parse()
	if err != nil {
		t.Fatal(err)
	}
	for out, want := range map[string]bool{first.text: true, strings.TrimSuffix(first.text, "\n"): false} {
		if wrong := first.verify(newDraft(first), out); (wrong == nil) != want {
			t.Errorf("verify(%q) = %v, want success: %t", out, wrong, want)
		}
	}
}

// checkDocumentParts compares the objects in the parts of a document, and what
// changes of them lead to, with those of the whole. It returns how many parts there
// are, 1 if one cannot be read or changed alone.
func checkDocumentParts(t *testing.T, text string, size int) int {
	t.Helper()
	document := Document{Text: text, Index: 7, Offset: 100, Line: 1000}
	parts := document.parts(size)
	if len(parts) == 1 {
		return 1
	}
	var got marked
	for _, part := range parts {
		c, err := mark(part)
		if err != nil {
			return 1
		}
		for i := range c.edits {
			c.edits[i].From += part.Offset - document.Offset
			c.edits[i].To += part.Offset - document.Offset
		}
		got.objects = append(got.objects, c.objects...)
		got.edits = append(got.edits, c.edits...)
	}
	want, err := mark(document)
	if err != nil {
		t.Fatalf("%q is changed in %d parts; as a whole: %v", text, len(parts), err)
	}
	if diff := cmp.Diff(want.objects, got.objects); diff != "" {
		t.Errorf("the objects of %q (-whole +parts):\n%s", text, diff)
	}
	whole, inParts := valueOf(t, Splice(text, want.edits)), valueOf(t, Splice(text, got.edits))
	if whole != inParts {
		t.Errorf("%q is changed to\n%s\nin parts; as a whole, to\n%s", text, inParts, whole)
	}
	return len(parts)
}

// marked is what a document has, and what one more member in each object comes
// to.
type marked struct {
	objects []string
	edits   []Edit
}

func mark(document Document) (marked, error) {
	parsed, err := document.Parse()
	if err != nil {
		return marked{}, err
	}
	var c marked
	var patch []jsonpatch.Operation
	for _, o := range parsed.Objects() {
		data, err := o.JSON("")
		if err != nil {
			return marked{}, err
		}
		c.objects = append(c.objects, strings.Join([]string{o.Path, o.APIVersion, o.Kind, o.Namespace, o.Name, string(data)}, " "))
		c.objects = append(c.objects, strconv.Itoa(o.Line))
		patch = append(patch, jsonpatch.NewOperation("add", o.Path+"/dualstack", "yes"))
	}
	c.edits, err = parsed.Edits(patch)
	return c, err
}

func valueOf(t *testing.T, text string) string {
	t.Helper()
	parsed, err := Document{Text: text, Index: 1, Line: 1}.Parse()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	data, err := parsed.JSON()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return string(data)
}
