package test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestReleaseIsTested wants every job of a release to come after the one that looks
// whether the tests of the commit have passed on main.
func TestReleaseIsTested(t *testing.T) {
	text, err := os.ReadFile("../.github/workflows/release.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := readWorkflow(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := untested(w); got != nil {
		t.Errorf("jobs %q do not wait for the tests", got)
	}
	var script string
	for _, s := range w.Jobs["tested"].Steps {
		script += s.Run
	}
	for _, want := range []string{"test.yaml", `head_sha="$GITHUB_SHA"`, "branch=main", "status=success", "exit 1"} {
		if !strings.Contains(script, want) {
			t.Errorf("the job tested does not ask for %s:\n%s", want, script)
		}
	}
	for name, c := range map[string]struct {
		jobs map[string]job
		want []string
	}{
		"after it":    {map[string]job{"tested": {}, "a": {Needs: "tested"}, "b": {Needs: []any{"a"}}}, nil},
		"beside it":   {map[string]job{"tested": {}, "a": {Needs: "tested"}, "b": {}}, []string{"b"}},
		"without one": {map[string]job{"a": {}, "b": {Needs: "a"}}, []string{"a", "b"}},
		"in a circle": {map[string]job{"tested": {}, "a": {Needs: "b"}, "b": {Needs: "a"}}, []string{"a", "b"}},
	} {
		if got := untested(workflow{Jobs: c.jobs}); !slices.Equal(got, c.want) {
			t.Errorf("%s: jobs that do not wait = %q, want %q", name, got, c.want)
		}
	}
}

// untested returns the jobs that start without the job tested.
func untested(w workflow) []string {
	waiting := map[string]bool{}
	if _, ok := w.Jobs["tested"]; ok {
		waiting["tested"] = true
	}
	for range w.Jobs {
		for name, j := range w.Jobs {
			needs, _ := j.Needs.([]any)
			if one, ok := j.Needs.(string); ok {
				needs = []any{one}
			}
			for _, need := range needs {
				before, _ := need.(string)
				waiting[name] = waiting[name] || waiting[before]
			}
		}
	}
	var names []string
	for name := range w.Jobs {
		if !waiting[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
