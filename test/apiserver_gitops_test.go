package test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// testGitOps applies manifests again and again, in each of the ways in which
// tools do: what docs/gitops.md says.
func (c *cluster) testGitOps(t *testing.T) {
	c.serve(t)
	c.namespace(t, "gitops", applied, nil)
	for _, way := range []struct {
		name  string
		flags []string
	}{
		{"client", nil},
		{"server", []string{"--server-side", "--field-manager", "gitops"}},
	} {
		t.Run("Omits/"+way.name, func(t *testing.T) { c.testOmits(t, "omits-"+way.name, way.flags) })
		t.Run("SingleStack/"+way.name, func(t *testing.T) { c.testChooses(t, "single-"+way.name, way.flags) })
		t.Run("Downgrade/"+way.name, func(t *testing.T) { c.testDowngrade(t, "down-"+way.name, way.flags) })
	}
	t.Run("SecondManager", c.testSecondManager)
	t.Run("ThreeWayMerge", c.testThreeWayMerge)
	t.Run("Replace", c.testReplace)
	t.Run("Recreate", c.testRecreate)
	t.Run("RecreateWhileAway", c.testRecreateWhileAway)
}

// testOmits applies a manifest that does not name the policy: nothing is ever
// reset, nothing is different, and nobody owns what we wrote.
func (c *cluster) testOmits(t *testing.T, name string, flags []string) {
	manifest := gitopsManifest(name, "a", "")
	c.mustApply(t, manifest, flags)
	first := c.gitopsService(t, name)
	for range 3 {
		c.mustApply(t, manifest, flags)
		c.wantNoDiff(t, manifest, flags)
	}
	if again := c.gitopsService(t, name); again.ResourceVersion != first.ResourceVersion {
		t.Errorf("applying the same manifest again changed the Service:\n%s", cmp.Diff(first, again))
	}
	c.mustApply(t, gitopsManifest(name, "b", ""), flags)
	service := c.gitopsService(t, name)
	wantDual(t, service)
	if service.Labels["version"] != "b" {
		t.Errorf("the changed manifest was not applied: labels = %v", service.Labels)
	}
	for _, field := range []string{"f:ipFamilyPolicy", "f:dualstack.dev/status"} {
		if owners := owners(service, field); owners != nil {
			t.Errorf("owners of %s = %q, want nobody", field, owners)
		}
	}
}

// testChooses applies a manifest that says SingleStack: it stays so.
func (c *cluster) testChooses(t *testing.T, name string, flags []string) {
	manifest := gitopsManifest(name, "a", "SingleStack")
	for range 3 {
		c.mustApply(t, manifest, flags)
		c.wantNoDiff(t, manifest, flags)
		wantSingle(t, c.gitopsService(t, name))
	}
}

// testDowngrade says SingleStack of a Service that we made dual-stack: its author
// gets it, without a conflict.
func (c *cluster) testDowngrade(t *testing.T, name string, flags []string) {
	c.mustApply(t, gitopsManifest(name, "a", ""), flags)
	wantDual(t, c.gitopsService(t, name))
	manifest := gitopsManifest(name, "a", "SingleStack")
	c.mustApply(t, manifest, flags)
	c.wantNoDiff(t, manifest, flags)
	wantSingle(t, c.gitopsService(t, name))
}

// testSecondManager lets another manager apply with server-side apply and
// without force, as when a Service moves from one tool to another.
func (c *cluster) testSecondManager(t *testing.T) {
	manifest := gitopsManifest("second", "a", "")
	c.mustApply(t, manifest, []string{"--server-side", "--field-manager", "first"})
	c.mustApply(t, manifest, []string{"--server-side", "--field-manager", "second"})
	c.mustApply(t, gitopsManifest("second", "a", "PreferDualStack"), []string{"--server-side", "--field-manager", "second"})
	wantDual(t, c.gitopsService(t, "second"))
}

// testThreeWayMerge makes the patch that Helm 3 and the client-side diff of Argo
// CD make, with the same function.
func (c *cluster) testThreeWayMerge(t *testing.T) {
	text := gitopsManifest("merge", "a", "")
	c.mustApply(t, text, []string{"--server-side"})
	manifest, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	service := c.gitopsService(t, "merge")
	wantDual(t, service)
	service.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Service"))
	live, err := json.Marshal(service)
	if err != nil {
		t.Fatal(err)
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(corev1.Service{})
	if err != nil {
		t.Fatal(err)
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(manifest, manifest, live, meta, true)
	if err != nil || string(patch) != "{}" {
		t.Errorf("patch = %s, error %v; want {}", patch, err)
	}
}

// testReplace writes the whole object anew. The API server takes over the policy
// and the addresses that are not named, but no annotation.
func (c *cluster) testReplace(t *testing.T) {
	c.mustApply(t, gitopsManifest("replace", "a", ""), []string{"--server-side"})
	before := c.gitopsService(t, "replace")
	if out, err := c.kubectl(t.Context(), gitopsManifest("replace", "b", ""), "replace", "-f", "-"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	after := c.gitopsService(t, "replace")
	wantDual(t, after)
	if diff := cmp.Diff(before.Spec.ClusterIPs, after.Spec.ClusterIPs); diff != "" {
		t.Errorf("clusterIPs (-before +after):\n%s", diff)
	}
	if status, ok := after.Annotations["dualstack.dev/status"]; ok {
		t.Errorf("status = %q, want none: docs/gitops.md says that it is lost", status)
	}
}

func (c *cluster) testRecreate(t *testing.T) {
	manifest := gitopsManifest("recreate", "a", "")
	c.mustApply(t, manifest, nil)
	if out, err := c.kubectl(t.Context(), manifest, "replace", "--force", "-f", "-"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantDual(t, c.gitopsService(t, "recreate"))
	c.wantNoDiff(t, manifest, nil)
}

// testRecreateWhileAway shows what failurePolicy Ignore costs: what is created
// while the webhook is away stays single-stack, and no later apply changes that.
func (c *cluster) testRecreateWhileAway(t *testing.T) {
	server := c.serve(t)
	manifest, named := gitopsManifest("away", "a", ""), gitopsManifest("named", "a", "PreferDualStack")
	for _, m := range [][]byte{manifest, named} {
		c.mustApply(t, m, nil)
	}
	wantDual(t, c.gitopsService(t, "away"))
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	c.mustApply(t, gitopsManifest("away", "b", ""), nil)
	wantDual(t, c.gitopsService(t, "away"))
	for _, m := range [][]byte{manifest, named} {
		if out, err := c.kubectl(t.Context(), m, "replace", "--force", "-f", "-"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	wantSingle(t, c.gitopsService(t, "away"))
	wantDual(t, c.gitopsService(t, "named"))
	c.serve(t)
	c.mustApply(t, manifest, nil)
	wantSingle(t, c.gitopsService(t, "away"))
}

// gitopsManifest is a Service as people write it. The policy may be empty.
func gitopsManifest(name, version, policy string) []byte {
	manifest := `apiVersion: v1
kind: Service
metadata:
  name: ` + name + `
  namespace: gitops
  labels:
    version: ` + version + `
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 8080
`
	if policy != "" {
		manifest += "  ipFamilyPolicy: " + policy + "\n"
	}
	return []byte(manifest)
}

func (c *cluster) gitopsService(t *testing.T, name string) *corev1.Service {
	t.Helper()
	service := &corev1.Service{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: "gitops", Name: name}, service); err != nil {
		t.Fatal(err)
	}
	return service
}

func wantDual(t *testing.T, service *corev1.Service) {
	t.Helper()
	wantStored(t, service, corev1.IPFamilyPolicyPreferDualStack, 2)
}

func wantSingle(t *testing.T, service *corev1.Service) {
	t.Helper()
	wantStored(t, service, corev1.IPFamilyPolicySingleStack, 1)
}

func wantStored(t *testing.T, service *corev1.Service, policy corev1.IPFamilyPolicy, addresses int) {
	t.Helper()
	if got := *service.Spec.IPFamilyPolicy; got != policy || len(service.Spec.ClusterIPs) != addresses {
		t.Errorf("Service %s: ipFamilyPolicy = %s with %d addresses, want %s with %d", service.Name, got, len(service.Spec.ClusterIPs), policy, addresses)
	}
}

// owners returns the managers of a field, as managedFields spells it.
func owners(service *corev1.Service, field string) []string {
	var managers []string
	for _, entry := range service.ManagedFields {
		if entry.FieldsV1 != nil && strings.Contains(entry.FieldsV1.GetRawString(), `"`+field+`"`) {
			managers = append(managers, entry.Manager)
		}
	}
	return managers
}
