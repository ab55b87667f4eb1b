package mutate_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestCodes checks what warnings, audit keys and the documentation rely on.
func TestCodes(t *testing.T) {
	// The API server takes audit keys that are qualified names:
	// k8s.io/apiserver/pkg/admission/attributes.go, checkKeyFormat.
	key := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	for _, code := range mutate.Codes() {
		sentence := code.Sentence()
		if !key.MatchString(string(code)) {
			t.Errorf("%s is not a qualified name", code)
		}
		if sentence == "" || strings.HasSuffix(sentence, ".") || strings.ContainsFunc(sentence, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: sentence %q is empty, ends with a full stop or is not plain ASCII", code, sentence)
		}
		if code.Kind() == mutate.Refuse && code.Cure() == "" {
			t.Errorf("%s refuses, and does not say what to do", code)
		}
		if cure := code.Cure(); cure != "" && !strings.HasSuffix(cure, ".") {
			t.Errorf("%s: cure %q is not a sentence", code, cure)
		}
	}
}

func TestParseMode(t *testing.T) {
	for _, mode := range []mutate.Mode{mutate.ModeOff, mutate.ModeReport, mutate.ModePods, mutate.ModeApply} {
		if got, err := mutate.ParseMode(string(mode)); got != mode || err != nil {
			t.Errorf("ParseMode(%q) = %q, %v; want itself", mode, got, err)
		}
	}
	for _, word := range []string{"", "on", "Apply", "yes"} {
		if got, err := mutate.ParseMode(word); got != mutate.ModeOff || err == nil {
			t.Errorf("ParseMode(%q) = %q, %v; want off and an error", word, got, err)
		}
	}
}

func TestParseState(t *testing.T) {
	for _, state := range []mutate.State{mutate.Unknown, mutate.Enabled, mutate.Disabled} {
		if got, err := mutate.ParseState(state.String()); got != state || err != nil {
			t.Errorf("ParseState(%q) = %s, %v; want itself", state, got, err)
		}
	}
	for _, word := range []string{"", "yes", "true", "Enabled"} {
		if got, err := mutate.ParseState(word); got != mutate.Unknown || err == nil {
			t.Errorf("ParseState(%q) = %s, %v; want unknown and an error", word, got, err)
		}
	}
}

// TestPolicyIsAValue checks that a copy does not write into the notes of the
// policy that it was made from.
func TestPolicyIsAValue(t *testing.T) {
	base := applies.WithNamespace(nil, meta{mutate.KeyHeadless: "on", mutate.KeyLoadBalancers: "on", mutate.KeyMesh: "on"})
	first := service(annotated(mutate.KeyHeadless, "first"))
	second := service(annotated(mutate.KeyHeadless, "second"))
	a := mutate.Service(first, mutate.Before{}, base)
	b := mutate.Service(second, mutate.Before{}, base)
	if got := a.Notes[3].Old; got != "first" {
		t.Errorf("the first Service's note says %q after the second was decided, want first", got)
	}
	if got := b.Notes[3].Old; got != "second" {
		t.Errorf("the second Service's note says %q, want second", got)
	}
	for i, note := range a.Notes[:3] {
		if note.Code != mutate.CodeInvalidNamespace {
			t.Errorf("note %d = %s, want %s", i, note.Code, mutate.CodeInvalidNamespace)
		}
	}
}
