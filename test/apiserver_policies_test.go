package test

import (
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestPolicies runs what dualstack export policies prints, where there is no
// webhook.
func TestPolicies(t *testing.T) {
	c := startBare(t, envtest.Options{Audit: true})
	c.namespace(t, "plain", nil, nil)
	c.namespace(t, "probe", applied, nil)
	c.export(t, "--kind", "validating")
	c.awaitWarning(t, plainWeb)
	c.awaitWarning(t, plainProxy)
	t.Run("Check", c.testCheck)
	t.Run("CheckExempt", c.testCheckExempt)
	t.Run("CheckInjected", c.testCheckInjected)
	t.Run("Apply", c.testApplyPolicy)
	t.Run("Deny", c.testDeny)
	t.Run("Delete", c.testDelete)
}

// testApplyPolicy wants from the mutating policy what the webhook stores, but
// for the fixtures in [shortOfWebhook].
func (c *cluster) testApplyPolicy(t *testing.T) {
	if !c.hasMutatingPolicies(t) {
		out := c.exportFails(t, "--kind", "mutating")
		if !strings.Contains(out, `no matches for kind "MutatingAdmissionPolicy"`) {
			t.Errorf("kubectl apply = %s, want that there is no such kind", out)
		}
		return
	}
	c.export(t, "--kind", "mutating")
	await(t, "the mutating policy", func() bool {
		got, err := c.create(t.Context(), "probe", plainWeb)
		if err != nil {
			t.Fatal(err)
		}
		return policyOf(got) == "PreferDualStack"
	})
	used := map[string]bool{}
	for _, f := range loadFixtures(t) {
		if f.kind(t) == "Service" && (!f.coreOnly || f.name == "service-opted-out") {
			t.Run(f.name, func(t *testing.T) { c.testApplyFixture(t, f, "apply-"+f.name, shortOfWebhook, used) })
		}
	}
	checkReasons(t, shortOfWebhook, used)
	t.Run("Annotated", c.testApplyAnnotated)
	t.Run("kubernetes", c.testApplyKubernetes)
	t.Run("kube-system", func(t *testing.T) {
		got, err := c.create(t.Context(), "kube-system", plainWeb)
		if err != nil || policyOf(got) != "SingleStack" {
			t.Errorf("ipFamilyPolicy = %s, error %v; want SingleStack", policyOf(got), err)
		}
	})
}

// testApplyAnnotated says on the Namespace what the fixtures say in flags.
func (c *cluster) testApplyAnnotated(t *testing.T) {
	used := map[string]bool{}
	for _, f := range loadFixtures(t) {
		if f.kind(t) == "Service" && !f.coreOnly && f.annotateSettings() {
			t.Run(f.name, func(t *testing.T) { c.testApplyFixture(t, f, "annotated-"+f.name, shortAnnotated, used) })
		}
	}
	checkReasons(t, shortAnnotated, used)
}

func (c *cluster) testApplyFixture(t *testing.T, f *fixture, namespace string, shortfalls map[string]string, used map[string]bool) {
	c.namespace(t, namespace, f.namespace.Labels, f.namespace.Annotations)
	in, _ := decode(t, f.json(t, "in.yaml")).(map[string]any)
	out, _ := decode(t, f.json(t, "out.yaml")).(map[string]any)
	got, err := c.create(t.Context(), namespace, in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.create(t.Context(), "plain", out)
	if err != nil {
		t.Fatal(err)
	}
	diff := cmp.Diff(stored(want), stored(got))
	reason, short := shortfalls[f.name]
	switch {
	case short && diff == "":
		t.Errorf("the policy does what the webhook does, although the list says: %s", reason)
	case short:
		used[f.name] = true
	case diff != "":
		t.Errorf("stored (-out.yaml where nobody opted in, +in.yaml with the policy):\n%s", diff)
	}
}

// testApplyKubernetes takes the API server's own Service away for a moment,
// since it can be created only where there is none.
func (c *cluster) testApplyKubernetes(t *testing.T) {
	c.label(t, "default", applied)
	own := (&unstructured.Unstructured{Object: plainWeb}).DeepCopy()
	own.SetGenerateName("")
	own.SetName("kubernetes")
	var got *unstructured.Unstructured
	await(t, "a moment without the Service kubernetes", func() bool {
		stored := &corev1.Service{}
		stored.Namespace, stored.Name = "default", "kubernetes"
		if err := c.client.Delete(t.Context(), stored); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
		var err error
		got, err = c.create(t.Context(), "default", own.Object)
		if err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
		return err == nil
	})
	if policy := policyOf(got); policy != "SingleStack" {
		t.Errorf("ipFamilyPolicy of kubernetes = %s, want SingleStack", policy)
	}
	other, err := c.create(t.Context(), "default", plainWeb)
	if want := c.hasMutatingPolicies(t); err != nil || want != (policyOf(other) == "PreferDualStack") {
		t.Errorf("ipFamilyPolicy of another = %s, error %v; want PreferDualStack", policyOf(other), err)
	}
}

// export applies what dualstack export policies prints, as its help says.
func (c *cluster) export(t *testing.T, flags ...string) {
	t.Helper()
	if out, err := c.apply(t.Context(), c.exported(t, flags), "--validate=strict"); err != nil {
		t.Fatalf("applying the policies: %v\n%s", err, out)
	}
}

// exportFails is export where that must not succeed; it returns what kubectl
// says.
func (c *cluster) exportFails(t *testing.T, flags ...string) string {
	t.Helper()
	out, err := c.apply(t.Context(), c.exported(t, flags))
	if err == nil {
		t.Fatalf("applying the policies succeeded:\n%s", out)
	}
	return out
}

func (c *cluster) exported(t *testing.T, flags []string) []byte {
	t.Helper()
	out, err := exec.Command(c.binary, append([]string{"export", "policies"}, flags...)...).Output()
	if err != nil {
		t.Fatalf("dualstack export policies: %v", err)
	}
	return out
}

// label sets labels of a namespace that exists.
func (c *cluster) label(t *testing.T, name string, labels map[string]string) {
	t.Helper()
	namespace := &corev1.Namespace{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Name: name}, namespace); err != nil {
		t.Fatal(err)
	}
	maps.Copy(namespace.Labels, labels)
	if err := c.client.Update(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
}

// hasMutatingPolicies wants the kind to be there if and only if it should be.
func (c *cluster) hasMutatingPolicies(t *testing.T) bool {
	t.Helper()
	k8s, err := discovery.NewDiscoveryClientForConfig(c.Config())
	if err != nil {
		t.Fatal(err)
	}
	resources, err := k8s.ServerResourcesForGroupVersion("admissionregistration.k8s.io/v1")
	if err != nil {
		t.Fatal(err)
	}
	version, err := k8s.ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, resource := range resources.APIResources {
		found = found || resource.Name == "mutatingadmissionpolicies"
	}
	if want := version.Minor >= "36"; found != want {
		t.Fatalf("Kubernetes 1.%s has MutatingAdmissionPolicy = %t, want %t", version.Minor, found, want)
	}
	return found
}
