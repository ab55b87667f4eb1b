package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// TestLargeList decides about Lists that can be read in parts, and about some
// that seem so: a Namespace rules the Services of other parts, and what is wrong
// is said once, with its place in the file.
func TestLargeList(t *testing.T) {
	const namespace = "- apiVersion: v1\n  kind: Namespace\n  metadata: {name: %s, labels: {dualstack.dev/mode: %q}}\n"
	const services = 7_000
	for _, tc := range []struct {
		name, first, last string
		want              int // Services that change
		wantErr           string
	}{
		{"no_namespace", "", "", services, ""},
		{"namespace_in_the_first_part", fmt.Sprintf(namespace, "shop", "off"), "", 0, ""},
		{"namespace_in_the_last_part", "", fmt.Sprintf(namespace, "shop", "off"), 0, ""},
		{"of_two_namespaces_the_later", fmt.Sprintf(namespace, "shop", "off"), fmt.Sprintf(namespace, "shop", "apply"), services, ""},
		{"anchor_of_another_part", "- &x {a: 1}\n", "- *x\n", services, ""},
		{"namespace_behind_an_anchor", "- &x {a: 1}\n", "- *x\n" + fmt.Sprintf(namespace, "shop", "off"), 0, ""},
		{"namespace_with_an_unknown_mode", "", fmt.Sprintf(namespace, "shop", "on"), 0, `large.yaml: document 1: line 28004: Namespace shop: label dualstack.dev/mode: "on" is not a mode: use report, pods, apply or off`},
		{"no_YAML_in_the_last_part", "", "- [\n", 0, "large.yaml: document 1: line 28005: did not find expected node content"},
		{"spec_of_another_type", "", "- {apiVersion: v1, kind: Service, spec: no}\n", 0, "large.yaml: document 1: line 28004: Service: /spec: a boolean, must be an object"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var text strings.Builder
			text.WriteString("apiVersion: v1\nkind: List\nitems:\n" + tc.first)
			for i := range services {
				fmt.Fprintf(&text, "- apiVersion: v1\n  kind: Service\n  metadata: {name: s%05d, namespace: shop}\n  spec: {selector: {app: web}}\n", i)
			}
			text.WriteString(tc.last)
			got := &file{name: "large.yaml", text: text.String(), documents: manifest.Split(text.String())}
			if parts := len(got.documents[0].Parts()); parts < 3 {
				t.Fatalf("the List has %d parts, want more", parts)
			}
			err := decideAll([]*file{got}, allOn(t), "default")
			if diff := cmp.Diff(tc.wantErr, errorText(err)); diff != "" {
				t.Fatalf("error (-want +got):\n%s", diff)
			}
			if got := strings.Count(got.mutated(), ", ipFamilyPolicy: PreferDualStack}"); err == nil && got != tc.want {
				t.Errorf("%d Services change, want %d", got, tc.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func allOn(t *testing.T) mutate.Policy {
	t.Helper()
	settings := policySettings{clusterDualStack: mutate.Enabled, istioDualStack: mutate.Enabled, headless: true}
	policy, err := settings.policy()
	if err != nil {
		t.Fatal(err)
	}
	return policy
}
