// Package admission admits Pods as an API server would: it asks for a decision and
// applies its patch.
package admission

import (
	"encoding/json"
	"testing"

	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"

	"github.com/dualstack-dev/webhook/mutate"
)

// Pod returns the Pod as it is created under a policy.
func Pod(t *testing.T, pod *mutate.PodView, policy mutate.Policy) mutate.PodView {
	t.Helper()
	result := mutate.Pod(pod, policy)
	document, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	operations, err := json.Marshal(result.Patch)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatchv4.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	if document, err = patch.Apply(document); err != nil {
		t.Fatal(err)
	}
	var created mutate.PodView
	if err := json.Unmarshal(document, &created); err != nil {
		t.Fatal(err)
	}
	return created
}
