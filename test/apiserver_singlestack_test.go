package test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestSingleStackAPIServer is for whoever opts in on a cluster with one range
// of Services: nothing is rejected, and nobody gets what is not there.
func TestSingleStackAPIServer(t *testing.T) {
	c := startCluster(t, envtest.Options{ServiceRanges: []string{"10.96.0.0/16"}})
	c.namespace(t, "single", applied, nil)
	for _, tc := range []struct {
		name     string
		right    bool
		known    string
		policy   string
		warnings []string
	}{
		{"Right:given", true, "disabled", "SingleStack", []string{"dualstack: the cluster has Service addresses of one IP family (cluster-single-stack)"}},
		{"Right:absent", false, "unknown", "PreferDualStack", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := c
			if !tc.right {
				c = c.unknowing(t)
			}
			server := c.serve(t)
			checkKnown(t, server, tc.known)
			c.warnings.take()
			got, err := c.create(t.Context(), "single", plainWeb)
			if err != nil {
				t.Fatal(err)
			}
			if policy := policyOf(got); policy != tc.policy {
				t.Errorf("ipFamilyPolicy = %s, want %s", policy, tc.policy)
			}
			families, _, err := unstructured.NestedStringSlice(got.Object, "spec", "ipFamilies")
			if diff := cmp.Diff([]string{"IPv4"}, families); err != nil || diff != "" {
				t.Errorf("ipFamilies (-want +got), error %v:\n%s", err, diff)
			}
			if diff := cmp.Diff(tc.warnings, c.warnings.take()); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("Matrix:disabled", func(t *testing.T) { c.testMatrix(t, mutate.Disabled) })
	t.Run("Matrix:unknown", func(t *testing.T) { c.unknowing(t).testMatrix(t, mutate.Unknown) })
}

// checkKnown looks for what the program says to know of the cluster.
func checkKnown(t *testing.T, server *envtest.Server, state string) {
	t.Helper()
	want := `dualstack_cluster_dual_stack{network="services",state="` + state + `"} 1`
	if text := get(t, "http://"+server.Metrics+"/metrics"); !strings.Contains(text, want) {
		t.Errorf("/metrics has no line %s", want)
	}
}
