package webhook

import (
	"testing"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestEveryWarningFits checks each code in both texts, with the longest tail.
func TestEveryWarningFits(t *testing.T) {
	for _, code := range mutate.Codes() {
		// Of the meshes whose injectors are known, this has the longest name.
		result := mutate.Result{Notes: []mutate.Note{{Code: code, Part: "linkerd"}}}
		got := warning(result)
		if len(got) > 120 {
			t.Errorf("the warning of %s has %d characters, want at most 120: %s", code, len(got), got)
		}
		if quiet := code.Kind() == mutate.Leave; quiet != (got == "") {
			t.Errorf("warning about %s = %q, want one only for a refusal or a change that is not made", code, got)
		}
	}
}

func TestWarning(t *testing.T) {
	notes := func(codes ...mutate.Code) []mutate.Note {
		var notes []mutate.Note
		for _, code := range codes {
			notes = append(notes, mutate.Note{Code: code})
		}
		return notes
	}
	patch := []jsonpatch.Operation{{Operation: "add", Path: "/a", Value: "b"}}
	for _, tc := range []struct {
		name   string
		result mutate.Result
		want   string
	}{
		{"Notes:none", mutate.Result{}, ""},
		{"Change:made", mutate.Result{Patch: patch, Notes: notes(mutate.CodeServiceDualStack)}, ""},
		{"Change:withheld", mutate.Result{Notes: notes(mutate.CodeServiceDualStack)}, "dualstack would change this: the Service becomes dual-stack (service-dual-stack)"},
		{"Refusal:twice", mutate.Result{Patch: patch, Notes: notes(mutate.CodeWindows, mutate.CodeWindows)}, "dualstack: the Pod runs on Windows (windows)"},
		{"Refusal:after-change", mutate.Result{Notes: notes(mutate.CodeSidecarRewritten, mutate.CodeWindows)}, "dualstack: the Pod runs on Windows (windows) and 1 more"},
		{"Refusal:with-change-made", mutate.Result{Patch: patch, Notes: notes(mutate.CodeServiceDualStack, mutate.CodeInvalidSetting)}, "dualstack: nothing changes, as a setting under dualstack.dev/ has a value that is not known (invalid-setting)"},
		{"Refusals:two", mutate.Result{Notes: notes(mutate.CodeWindows, mutate.CodeMeshNotDual)}, "dualstack: the Pod runs on Windows (windows) and 1 more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := warning(tc.result); got != tc.want {
				t.Errorf("warning() = %q, want %q", got, tc.want)
			}
		})
	}
}
