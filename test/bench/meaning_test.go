package bench_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionv1 "k8s.io/api/admission/v1"
)

// TestCasesAreWhatTheirNamesSay keeps the names of the benchmarks true.
func TestCasesAreWhatTheirNamesSay(t *testing.T) {
	handlers := dualstack(t)
	for _, c := range reviewCases(t) {
		t.Run(c.name, func(t *testing.T) {
			got := c.ask(t, handlers[c.path])
			if patched := got.Patch != nil; patched != c.patched {
				t.Errorf("patched = %t, want %t; patch %s, audit %v", patched, c.patched, got.Patch, got.AuditAnnotations)
			}
			if len(got.Warnings) > 0 {
				t.Errorf("warnings %q, want none", got.Warnings)
			}
			if size := len(c.object(t)); c.size > 0 && (size < c.size*9/10 || size > c.size*11/10) {
				t.Errorf("the object has %d bytes, want %d, a tenth more or less", size, c.size)
			}
		})
	}
}

// TestUsualMakesTheSameChange keeps the comparison fair.
func TestUsualMakesTheSameChange(t *testing.T) {
	ours, theirs := dualstack(t), usual(t)
	for _, c := range reviewCases(t) {
		t.Run(c.name, func(t *testing.T) {
			got := c.patchedObject(t, ours[c.path])
			want := c.patchedObject(t, theirs[c.path])
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("object (-usual +dualstack):\n%s", diff)
			}
		})
	}
}

// TestUnreadFieldsCostNoMemory bounds what is allocated for a Pod with a
// megabyte that nobody here reads.
func TestUnreadFieldsCostNoMemory(t *testing.T) {
	const limit = 64 << 10
	handlers := dualstack(t)
	for _, c := range reviewCases(t) {
		if c.name != "PodUnread1MB" {
			continue
		}
		result := testing.Benchmark(measure(handlers[c.path], c))
		if got := result.AllocedBytesPerOp(); got == 0 || got >= limit {
			t.Errorf("a review of %d bytes allocates %d, want fewer than %d", len(c.body), got, limit)
		}
	}
}

// ask returns the answer of handler to the review.
func (c reviewCase) ask(tb testing.TB, handler http.Handler) *admissionv1.AdmissionResponse {
	tb.Helper()
	e := newExchange(tb, c)
	e.with(handler)
	return e.response(tb)
}

// object returns the object of the review.
func (c reviewCase) object(tb testing.TB) []byte {
	tb.Helper()
	var review admissionv1.AdmissionReview
	decode(tb, c.body, &review)
	return review.Request.Object.Raw
}

// patchedObject returns the object as the answer of handler changes it.
func (c reviewCase) patchedObject(tb testing.TB, handler http.Handler) any {
	tb.Helper()
	object := c.object(tb)
	if answer := c.ask(tb, handler); answer.Patch != nil {
		patch, err := jsonpatch.DecodePatch(answer.Patch)
		if err != nil {
			tb.Fatal(err)
		}
		if object, err = patch.Apply(object); err != nil {
			tb.Fatal(err)
		}
	}
	var decoded any
	decode(tb, object, &decoded)
	return decoded
}
