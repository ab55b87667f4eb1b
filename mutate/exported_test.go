package mutate

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExportedPolicies wants the policies that dualstack export prints to look at
// the keys that are looked at here.
func TestExportedPolicies(t *testing.T) {
	data, err := os.ReadFile("../cmd/dualstack/export/services-apply.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var meshes []string
	for _, injection := range injectionKeys {
		if !slices.Contains(meshes, injection.key) {
			meshes = append(meshes, injection.key)
		}
	}
	for _, tc := range []struct {
		variable string
		want     []string
	}{
		{"loadBalancerNamesAddresses", slices.Concat([]string{keySourceRanges}, slices.Concat(addressKeys...))},
		{"meshed", meshes},
	} {
		t.Run(tc.variable, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, exportedKeys(t, string(data), tc.variable)); diff != "" {
				t.Errorf("keys (-here +exported):\n%s", diff)
			}
		})
	}
}

// exportedKeys returns the list that a variable of the policy asks about.
func exportedKeys(t *testing.T, policy, variable string) []string {
	t.Helper()
	_, expression, ok := strings.Cut(policy, "- name: "+variable+"\n")
	list, _, found := strings.Cut(expression, "].exists(key")
	if !ok || !found {
		t.Fatalf("no variable %s with a list of keys", variable)
	}
	list = list[strings.LastIndexByte(list, '[')+1:]
	var keys []string
	for _, match := range regexp.MustCompile(`'([^']+)'`).FindAllStringSubmatch(list, -1) {
		keys = append(keys, match[1])
	}
	return keys
}
