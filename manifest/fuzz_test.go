package manifest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"gomodules.xyz/jsonpatch/v2"
	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"

	"github.com/dualstack-dev/webhook/manifest"
)

func FuzzSplit(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkSplit(t, data)
	})
}

// checkSplit checks that the documents are the file, and say where they are.
func checkSplit(t *testing.T, data []byte) {
	t.Helper()
	var joined []byte
	for i, document := range manifest.Split(string(data)) {
		if want := 1 + bytes.Count(joined, []byte{'\n'}); document.Line != want || document.Index != i+1 {
			t.Errorf("document %d of %q: Line = %d, Index = %d; want %d, %d", i, data, document.Line, document.Index, want, i+1)
		}
		if len(document.Text) == 0 {
			t.Errorf("document %d of %q is empty", i, data)
		}
		joined = append(joined, document.Text...)
	}
	if !bytes.Equal(joined, data) {
		t.Errorf("the documents of %q are together %q", data, joined)
	}
}

// FuzzApply makes the changes that the core makes, to every object in any
// bytes. There is an error, or all that may be said about the result is true.
func FuzzApply(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, document := range manifest.Split(string(data)) {
			checkApply(t, document)
		}
	})
}

// seeds are the manifests that are tested elsewhere.
func seeds(tb testing.TB) [][]byte {
	tb.Helper()
	var seeds [][]byte
	for _, path := range casePaths(tb) {
		in := loadCase(tb, path).text("in")
		seeds = append(seeds, []byte(in))
	}
	examples, _ := filepath.Glob("../examples/*.yaml")
	for _, path := range examples {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, data)
	}
	fixtures, _ := filepath.Glob("../test/fixtures/*.txtar")
	for _, path := range fixtures {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		for _, file := range archive.Files {
			if file.Name == "in.yaml" {
				seeds = append(seeds, file.Data)
			}
		}
	}
	if len(examples) == 0 || len(fixtures) == 0 {
		tb.Fatal("no examples or fixtures")
	}
	return seeds
}

func checkApply(t *testing.T, document manifest.Document) {
	t.Helper()
	parsed, err := document.Parse()
	if err != nil {
		return
	}
	var patch []jsonpatch.Operation
	var want []any
	for _, o := range parsed.Objects() {
		data, err := o.JSON("")
		if err != nil {
			return
		}
		var object map[string]any
		if json.Unmarshal(data, &object) != nil {
			return
		}
		ops := coreOperations(o, object)
		want = append(want, patched(t, data, ops))
		for _, op := range ops {
			op.Path = o.Path + op.Path
			patch = append(patch, op)
		}
	}
	edits, err := parsed.Edits(patch)
	if err != nil {
		return
	}
	out := manifest.Splice(document.Text, edits)
	checkUnified(t, document.Text, edits)
	changed := manifest.Document{Text: out, Index: 1, Line: 1}
	again, err := changed.Parse()
	if err != nil {
		t.Fatalf("Parse() of the result = %v\n%s\n%s", err, document.Text, out)
	}
	var got []any
	for _, o := range again.Objects() {
		data, err := o.JSON("")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, decode(t, data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the value of the result (-want +got):\n%s\n%s\n%s", diff, document.Text, out)
	}
	checkText(t, document.Text, out, len(patch))
}

// coreOperations are like those that the core makes.
func coreOperations(o manifest.Object, object map[string]any) []jsonpatch.Operation {
	ops := podOperations("", object)
	if spec, ok := object["spec"].(map[string]any); ok && spec["ipFamilyPolicy"] == nil {
		ops = append(ops, jsonpatch.NewOperation("add", "/spec/ipFamilyPolicy", "PreferDualStack"))
	}
	pointer, ok := o.PodTemplate()
	if !ok {
		return ops
	}
	data, err := o.JSON(pointer)
	var template map[string]any
	if err != nil || json.Unmarshal(data, &template) != nil {
		return ops
	}
	return append(ops, podOperations(pointer, template)...)
}

func podOperations(path string, pod map[string]any) []jsonpatch.Operation {
	var ops []jsonpatch.Operation
	if metadata, ok := pod["metadata"].(map[string]any); ok {
		switch annotations, ok := metadata["annotations"].(map[string]any); {
		case len(annotations) > 0:
			ops = append(ops, jsonpatch.NewOperation("add", path+"/metadata/annotations/dualstack.dev~1status", "istio=rewritten"))
		case ok || metadata["annotations"] == nil:
			ops = append(ops, jsonpatch.NewOperation("add", path+"/metadata/annotations", map[string]any{"dualstack.dev/status": "istio=rewritten"}))
		}
	}
	spec, _ := pod["spec"].(map[string]any)
	for _, list := range []string{"initContainers", "containers"} {
		containers, _ := spec[list].([]any)
		for i := range containers {
			container, ok := containers[i].(map[string]any)
			if !ok {
				continue
			}
			env := path + "/spec/" + list + "/" + strconv.Itoa(i) + "/env"
			variable := map[string]any{"name": "ISTIO_DUAL_STACK", "value": "true"}
			switch elements, ok := container["env"].([]any); {
			case len(elements) > 0:
				ops = append(ops, jsonpatch.NewOperation("add", env+"/-", variable))
			case ok || container["env"] == nil:
				ops = append(ops, jsonpatch.NewOperation("add", env, []any{variable}))
			}
		}
	}
	return ops
}

// patched returns the value that ops make of data, for the library with which
// the API server applies patches.
func patched(t *testing.T, data []byte, ops []jsonpatch.Operation) any {
	t.Helper()
	encoded, err := json.Marshal(ops)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatchv4.DecodePatch(encoded)
	if err != nil {
		t.Fatal(err)
	}
	out, err := patch.Apply(data)
	if err != nil {
		t.Skipf("applying %s to %s: %v", encoded, data, err)
	}
	return decode(t, out)
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("decoding %q: %v", data, err)
	}
	return v
}

// comment is a "#" that begins a line or follows white space:
// https://yaml.org/spec/1.2.2/#66-comments
var comment = regexp.MustCompile(`(?m)(?:^|[ \t])(#.*)$`)

// checkText checks that lines and comments that need not change are still
// there, in order.
func checkText(t *testing.T, before, after string, operations int) {
	t.Helper()
	for _, match := range comment.FindAllStringSubmatch(before, -1) {
		// What looks like one may be the end of a value in braces.
		if text := strings.TrimRight(match[1], " \t\r\"'}]"); !strings.Contains(after, text) {
			t.Errorf("the comment %q is gone:\n%s\n%s", text, before, after)
		}
	}
	lost := 0
	for _, line := range lostLines(strings.Split(before, "\n"), strings.Split(after, "\n")) {
		if strings.Trim(line, " \t\r{}[]") != "" {
			lost++
		}
	}
	if lost > 2*operations {
		t.Errorf("%d lines are gone for %d operations:\n%s\n%s", lost, operations, before, after)
	}
}

// lostLines returns the lines of before that are not among those of after, in
// order, by the longest common subsequence.
func lostLines(before, after []string) []string {
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	if len(before)*len(after) > 1e6 {
		return nil
	}
	// common[i][j] is the length for before[i:] and after[j:].
	common := make([][]int, len(before)+1)
	for i := range common {
		common[i] = make([]int, len(after)+1)
	}
	for i := range slices.Backward(before) {
		for j := len(after) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var lost []string
	for i, j := 0, 0; i < len(before); {
		switch {
		case j < len(after) && before[i] == after[j]:
			i, j = i+1, j+1
		case j < len(after) && common[i][j+1] == common[i][j]:
			j++
		default:
			lost = append(lost, before[i])
			i++
		}
	}
	return lost
}
