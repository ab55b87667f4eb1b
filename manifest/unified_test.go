package manifest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/manifest"
)

func TestUnified(t *testing.T) {
	numbers := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"
	for _, tc := range []struct {
		name, text string
		edits      []manifest.Edit
		want       string
	}{
		{"Edits:none", numbers, nil, ""},
		{"Edits:nothing_changes", "a\n", []manifest.Edit{{From: 0, To: 1, Text: "a"}}, ""},
		{"Insert:line", numbers, []manifest.Edit{{From: 8, To: 8, Text: "new\n"}}, "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n"},
		{"Insert:at_the_end_of_a_line", numbers, []manifest.Edit{{From: 7, To: 7, Text: "\nnew"}}, "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n"},
		{"Insert:first", numbers, []manifest.Edit{{From: 0, To: 0, Text: "new\n"}}, "@@ -1,3 +1,4 @@\n+new\n 1\n 2\n 3\n"},
		{"Insert:last", "a\n", []manifest.Edit{{From: 2, To: 2, Text: "b\n"}}, "@@ -1 +1,2 @@\n a\n+b\n"},
		{"Insert:into_nothing", "", []manifest.Edit{{From: 0, To: 0, Text: "b\n"}}, "@@ -0,0 +1 @@\n+b\n"},
		{"Insert:after_no_line_feed", "a", []manifest.Edit{{From: 1, To: 1, Text: "\nb"}}, "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n"},
		{"Insert:after_a_change_and_no_line_feed", "a", []manifest.Edit{{From: 0, To: 1, Text: "A"}, {From: 1, To: 1, Text: "\nb"}}, "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+A\n+b\n\\ No newline at end of file\n"},
		{"Replace:in_a_line", "a: 1\n", []manifest.Edit{{From: 3, To: 4, Text: "2"}}, "@@ -1 +1 @@\n-a: 1\n+a: 2\n"},
		{"Replace:twice_in_a_line", "a: 1\n", []manifest.Edit{{From: 0, To: 1, Text: "b"}, {From: 3, To: 4, Text: "2"}}, "@@ -1 +1 @@\n-a: 1\n+b: 2\n"},
		{"Replace:neighbours", "a\nb\n", []manifest.Edit{{From: 0, To: 1, Text: "A"}, {From: 2, To: 3, Text: "B"}}, "@@ -1,2 +1,2 @@\n-a\n-b\n+A\n+B\n"},
		{"Delete:line", numbers, []manifest.Edit{{From: 8, To: 10}}, "@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n"},
		{"Delete:all", "a\n", []manifest.Edit{{From: 0, To: 2}}, "@@ -1 +0,0 @@\n-a\n"},
		{
			"Hunks:joined", numbers,
			[]manifest.Edit{{From: 0, To: 1, Text: "one"}, {From: 14, To: 15, Text: "eight"}},
			"@@ -1,11 +1,11 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n 9\n 10\n 11\n",
		},
		{
			"Hunks:apart", numbers,
			[]manifest.Edit{{From: 0, To: 0, Text: "zero\n"}, {From: 18, To: 20, Text: "ten"}},
			"@@ -1,3 +1,4 @@\n+zero\n 1\n 2\n 3\n@@ -7,6 +8,6 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := manifest.Unified(tc.text, tc.edits)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Unified() (-want +got):\n%s", diff)
			}
			checkUnified(t, tc.text, tc.edits)
		})
	}
}

// checkUnified applies the diff, and wants what the edits come to.
func checkUnified(t *testing.T, text string, edits []manifest.Edit) {
	t.Helper()
	diff := manifest.Unified(text, edits)
	want := manifest.Splice(text, edits)
	got, err := applyUnified(text, diff)
	if err != nil {
		t.Fatalf("the diff does not apply: %v\n%s", err, diff)
	}
	if got != want {
		t.Fatalf("the diff leads to another text (-want +got):\n%s\n%s", cmp.Diff(want, got), diff)
	}
}

// applyUnified applies hunks as patch(1) does, to the letter.
func applyUnified(text, diff string) (string, error) {
	lines := slices.Collect(strings.Lines(text))
	hunks := slices.Collect(strings.Lines(strings.ReplaceAll(diff, "\n\\ No newline at end of file\n", "\x00")))
	for i, line := range hunks {
		// The mark belongs to the line before it, which has no line feed then.
		if before, after, ok := strings.Cut(line, "\x00"); ok && after != "" {
			hunks = slices.Replace(hunks, i, i+1, before+"\x00", after)
		}
	}
	var out []string
	at := 0
	for _, line := range hunks {
		line = strings.TrimSuffix(line, "\x00")
		if strings.HasPrefix(line, "@@") {
			from, length := 0, 1
			if n, _ := fmt.Sscanf(line, "@@ -%d,%d", &from, &length); n == 0 {
				return "", fmt.Errorf("%q", line)
			}
			if length > 0 {
				from--
			}
			out = append(out, lines[at:from]...)
			at = from
			continue
		}
		if line[0] != '+' {
			if at == len(lines) || lines[at] != line[1:] {
				return "", fmt.Errorf("line %d is not %q", at+1, line[1:])
			}
			at++
		}
		if line[0] != '-' {
			out = append(out, line[1:])
		}
	}
	return strings.Join(append(out, lines[at:]...), ""), nil
}
