package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/mutate"
)

func TestResultUnder(t *testing.T) {
	original := mutate.Result{
		Patch: []jsonpatch.Operation{jsonpatch.NewOperation("add", "/spec/containers/0/env/-", "v")},
		Notes: []mutate.Note{{Code: mutate.CodeSidecarRewritten, Path: "/spec/containers/0/env/3"}, {Code: mutate.CodeNoSidecar}},
	}
	want := mutate.Result{
		Patch: []jsonpatch.Operation{jsonpatch.NewOperation("add", "/spec/template/spec/containers/0/env/-", "v")},
		Notes: []mutate.Note{
			{Code: mutate.CodeSidecarRewritten, Path: "/spec/template/spec/containers/0/env/3"},
			{Code: mutate.CodeNoSidecar, Path: "/spec/template"},
		},
	}
	got := original.Under("/spec/template")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Under(/spec/template) (-want +got):\n%s", diff)
	}
	if original.Patch[0].Path != "/spec/containers/0/env/-" || original.Notes[0].Path != "/spec/containers/0/env/3" {
		t.Errorf("Under changed the original: %v", original)
	}
	if got := (mutate.Result{}).Under("/spec/template"); got.Patch != nil || got.Notes != nil {
		t.Errorf("Under of the zero Result = %v, want zero", got)
	}
}
