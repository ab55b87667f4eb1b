package test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestSingleStackAPIServer is for whoever opts in on a cluster with one range
// of Services: nothing is rejected, and nobody gets what is not there.
func TestSingleStackAPIServer(t *testing.T) {
	c := startCluster(t, envtest.Options{ServiceRanges: []string{"10.96.0.0/16"}})
	c.serve(t)
	c.namespace(t, "single", applied, nil)
	got, err := c.create(t.Context(), "single", plainWeb)
	if err != nil {
		t.Fatal(err)
	}
	if policy := policyOf(got); policy != "PreferDualStack" {
		t.Errorf("ipFamilyPolicy = %s, want PreferDualStack", policy)
	}
	families, _, err := unstructured.NestedStringSlice(got.Object, "spec", "ipFamilies")
	if diff := cmp.Diff([]string{"IPv4"}, families); err != nil || diff != "" {
		t.Errorf("ipFamilies (-want +got), error %v:\n%s", err, diff)
	}
}
