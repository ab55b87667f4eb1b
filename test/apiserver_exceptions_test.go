package test

import (
	"fmt"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestKnownExceptions shows the two cases in which the API server rejects with
// us what it accepts without us, and that the label is the way out of both.
// docs/reference/services.md describes them.
func TestKnownExceptions(t *testing.T) {
	c := startCluster(t, envtest.Options{ServiceRanges: []string{"10.96.0.0/16", "fd00:10:96::/124"}})
	c.serve(t)
	t.Run("Another-policy-forbids-dual-stack", c.testForbidden)
	t.Run("Second-range-is-exhausted", c.testExhausted)
}

// testForbidden has an administrator who opts a namespace in, and another who
// forbids what that means.
func (c *cluster) testForbidden(t *testing.T) {
	labels := map[string]string{"single-stack": "only"}
	policy := &admissionregistrationv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "single-stack-only"},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionregistrationv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: labels},
				ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{"CREATE"},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"services"}},
				}}},
			},
			Validations: []admissionregistrationv1.Validation{{Expression: "object.spec.ipFamilyPolicy == 'SingleStack'", Message: "no dual-stack here"}},
		},
	}
	binding := &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "single-stack-only"},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        "single-stack-only",
			ValidationActions: []admissionregistrationv1.ValidationAction{"Deny"},
		},
	}
	if err := c.client.Create(t.Context(), policy); err != nil {
		t.Fatal(err)
	}
	if err := c.client.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	c.namespace(t, "forbidden-plain", labels, nil)
	preferred := plainWith(func(spec map[string]any) { spec["ipFamilyPolicy"] = "PreferDualStack" })
	await(t, "the policy to be in force", func() bool {
		_, err := c.create(t.Context(), "forbidden-plain", preferred)
		return apierrors.IsInvalid(err)
	})
	c.namespace(t, "forbidden", map[string]string{mutate.KeyMode: "apply", "single-stack": "only"}, nil)
	c.checkException(t, "forbidden-plain", "forbidden", "no dual-stack here", apierrors.IsInvalid)
}

// testExhausted takes all addresses of the second range.
func (c *cluster) testExhausted(t *testing.T) {
	c.namespace(t, "exhausted-plain", nil, nil)
	v6 := plainWith(func(spec map[string]any) { spec["ipFamilies"] = []any{"IPv6"} })
	for i := range 17 {
		err := c.store(t, "exhausted-plain", v6)
		if apierrors.IsInternalError(err) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if i == 16 {
			t.Fatal("a range of 16 addresses has given 17")
		}
	}
	c.namespace(t, "exhausted", applied, nil)
	c.checkException(t, "exhausted-plain", "exhausted", "failed to allocate", apierrors.IsInternalError)
}

// checkException creates a Service without us, with us, and with us but for its
// label.
func (c *cluster) checkException(t *testing.T, plain, optedIn, message string, is func(error) bool) {
	t.Helper()
	if err := c.store(t, plain, plainWeb); err != nil {
		t.Errorf("create without us = %v, want nil", err)
	}
	err := c.store(t, optedIn, plainWeb)
	if !is(err) || !strings.Contains(fmt.Sprint(err), message) {
		t.Errorf("create with us = %v, want the known error with %q", err, message)
	}
	labelled := plainWith(nil)
	labelled["metadata"] = map[string]any{"generateName": "web-", "labels": map[string]any{mutate.KeyMode: "off"}}
	if err := c.store(t, optedIn, labelled); err != nil {
		t.Errorf("create with the label = %v, want nil", err)
	}
}

// store creates an object for good: a dry run takes no address.
func (c *cluster) store(t *testing.T, namespace string, object map[string]any) error {
	t.Helper()
	u := (&unstructured.Unstructured{Object: object}).DeepCopy()
	u.SetNamespace(namespace)
	return c.client.Create(t.Context(), u)
}

// plainWith returns plainWeb with a change of its spec.
func plainWith(change func(spec map[string]any)) map[string]any {
	object := (&unstructured.Unstructured{Object: plainWeb}).DeepCopy().Object
	if spec, ok := object["spec"].(map[string]any); ok && change != nil {
		change(spec)
	}
	return object
}
