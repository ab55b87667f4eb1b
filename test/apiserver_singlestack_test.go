package test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
			if !tc.right {
				c.dropClusterRight(t)
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
}

// dropClusterRight leaves the program the right to see namespaces, which it
// cannot do without.
func (c *cluster) dropClusterRight(t *testing.T) {
	t.Helper()
	var role rbacv1.ClusterRole
	if err := c.client.Get(t.Context(), client.ObjectKey{Name: "dualstack-webhook"}, &role); err != nil {
		t.Fatal(err)
	}
	for i, rule := range role.Rules {
		if rule.Resources[0] == "servicecidrs" {
			role.Rules = append(role.Rules[:i], role.Rules[i+1:]...)
			break
		}
	}
	if len(role.Rules) != 1 {
		t.Fatalf("the program has %d rules without the right to the ServiceCIDR, want 1", len(role.Rules))
	}
	if err := c.client.Update(t.Context(), &role); err != nil {
		t.Fatal(err)
	}
	// The API server's own copy follows.
	identity := c.as(t, envtest.User)
	await(t, "the right to be gone", func() bool { return !canReadCluster(t, identity) })
}

// checkKnown looks for what the program says to know of the cluster.
func checkKnown(t *testing.T, server *envtest.Server, state string) {
	t.Helper()
	want := `dualstack_cluster_dual_stack{network="services",state="` + state + `"} 1`
	if text := get(t, "http://"+server.Metrics+"/metrics"); !strings.Contains(text, want) {
		t.Errorf("/metrics has no line %s", want)
	}
}
