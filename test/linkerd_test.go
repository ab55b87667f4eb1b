package test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestLinkerdChart compares with Linkerd's own chart: what becomes of a Pod that it
// rendered without IPv6 is what it renders with IPv6, apart from our status, and from
// the flag of linkerd-init that it leaves out where the default is meant.
func TestLinkerdChart(t *testing.T) {
	for _, tc := range []struct {
		name, without, with string
	}{
		{"Sidecar:native", "pod-linkerd-native", "pod-linkerd-already"},
		{"Sidecar:classic", "pod-linkerd-classic", "pod-linkerd-classic-already"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			without, with := fixtureOf(t, tc.without), fixtureOf(t, tc.with)
			in := without.json(t, "in.yaml")
			got, _ := decode(t, apply(t, in, without.decide(t, in))).(map[string]any)
			status, _, _ := unstructured.NestedString(got, "metadata", "annotations", mutate.KeyStatus)
			if status != "linkerd=rewritten" {
				t.Errorf("%s is %q, want linkerd=rewritten", mutate.KeyStatus, status)
			}
			unstructured.RemoveNestedField(got, "metadata", "annotations", mutate.KeyStatus)
			if removed := removeInitFlag(got, "--ipv6=true"); removed != 1 {
				t.Errorf("linkerd-init has --ipv6=true %d times, want it once", removed)
			}
			if diff := cmp.Diff(decode(t, with.json(t, "in.yaml")), any(got)); diff != "" {
				t.Errorf("the Pod (-rendered with IPv6 +rewritten):\n%s", diff)
			}
		})
	}
}

func fixtureOf(t *testing.T, name string) *fixture {
	t.Helper()
	f, err := loadFixture("fixtures/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// removeInitFlag removes an argument of linkerd-init, and returns how often it was
// there.
func removeInitFlag(pod map[string]any, flag string) int {
	containers, _, _ := unstructured.NestedFieldNoCopy(pod, "spec", "initContainers")
	list, _ := containers.([]any)
	for _, c := range list {
		container, _ := c.(map[string]any)
		if container["name"] != "linkerd-init" {
			continue
		}
		args, _ := container["args"].([]any)
		kept := slices.DeleteFunc(slices.Clone(args), func(arg any) bool { return arg == flag })
		container["args"] = kept
		return len(args) - len(kept)
	}
	return 0
}
