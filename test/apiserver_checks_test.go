package test

import (
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// plainProxy is a Pod with an Istio container that serves one IP family.
var plainProxy = map[string]any{
	"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"generateName": "web-"},
	"spec": map[string]any{"containers": []any{map[string]any{"name": "istio-proxy", "image": "proxyv2"}}},
}

// testCheck holds the validating policies to the table [checked]: they speak of
// in.yaml, which nobody has changed, and of what the webhook makes of it only if
// that is not dual-stack either.
func (c *cluster) testCheck(t *testing.T) {
	used := map[string]bool{}
	for _, f := range loadFixtures(t) {
		if f.coreOnly || f.needsHelp() {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			c.namespace(t, f.name, f.namespace.Labels, f.namespace.Annotations)
			want := f.checked(t)
			if _, ok := unlikeWebhook[f.name]; ok {
				used[f.name] = true
				want = !want
			}
			if got := c.complains(t, f, "in.yaml"); got != want {
				t.Errorf("the policies complain about in.yaml = %t, want %t", got, want)
			}
			if got, want := c.complains(t, f, "out.yaml"), want && !f.changed(); got != want {
				t.Errorf("the policies complain about out.yaml = %t, want %t", got, want)
			}
		})
	}
	checkReasons(t, unlikeWebhook, used)
}

// complains reports whether creating an object makes the validating policies
// warn.
func (c *cluster) complains(t *testing.T, f *fixture, file string) bool {
	t.Helper()
	object, _ := decode(t, f.json(t, file)).(map[string]any)
	c.warnings.take()
	if _, err := c.create(t.Context(), f.name, object); err != nil {
		t.Fatalf("creating %s: %v", file, err)
	}
	return len(c.warnings.takePrefixed(failedValidation)) > 0
}

const failedValidation = "Validation failed for ValidatingAdmissionPolicy"

// testCheckExempt is for what no fixture can send.
func (c *cluster) testCheckExempt(t *testing.T) {
	optedOut := map[string]any{"dualstack.dev/mode": "off"}
	c.label(t, "kube-system", applied)
	for _, test := range []struct {
		name, namespace string
		object          map[string]any
		fields          []string
		value           any
	}{
		{"service/opted-out", "probe", plainWeb, []string{"metadata", "labels"}, optedOut},
		{"service/kube-system", "kube-system", plainWeb, nil, nil},
		{"service/owners-reset", "probe", chosenWeb(), []string{"metadata", "managedFields"}, []any{map[string]any{}}},
		{"pod/opted-out", "probe", plainProxy, []string{"metadata", "labels"}, optedOut},
		{"pod/kube-system", "kube-system", plainProxy, nil, nil},
		{"pod/mirror", "probe", mirror(), nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := (&unstructured.Unstructured{Object: test.object}).DeepCopy().Object
			if test.fields != nil {
				if err := unstructured.SetNestedField(object, test.value, test.fields...); err != nil {
					t.Fatal(err)
				}
			}
			c.warnings.take()
			if _, err := c.create(t.Context(), test.namespace, object); err != nil {
				t.Fatal(err)
			}
			if got := c.warnings.takePrefixed(failedValidation); got != nil {
				t.Errorf("warnings = %q, want none", got)
			}
		})
	}
}

// chosenWeb is a Service whose author chose one family.
func chosenWeb() map[string]any {
	service := (&unstructured.Unstructured{Object: plainWeb}).DeepCopy()
	spec, _ := service.Object["spec"].(map[string]any)
	spec["ipFamilyPolicy"] = "SingleStack"
	return service.Object
}

func mirror() map[string]any {
	pod := (&unstructured.Unstructured{Object: plainProxy}).DeepCopy()
	pod.SetAnnotations(map[string]string{"kubernetes.io/config.mirror": "abc"})
	spec, _ := pod.Object["spec"].(map[string]any)
	spec["nodeName"] = "node"
	return pod.Object
}

// testCheckInjected has a webhook inject the sidecar: the check comes after it.
func (c *cluster) testCheckInjected(t *testing.T) {
	c.namespace(t, "injector", nil, nil)
	configuration := injectorConfiguration("injector", "IfNeeded", c.injector(t))
	if err := c.client.Create(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.client.Delete(t.Context(), configuration); err != nil {
			t.Error(err)
		}
	}()
	c.namespace(t, "injected", applied, nil)
	if c.hasMutatingPolicies(t) {
		c.markProxies(t)
	}
	app := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"generateName": "web-"},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "app", "image": "app"}}},
	}
	var pod *unstructured.Unstructured
	await(t, "the injector to be called", func() bool {
		c.warnings.take()
		var err error
		pod, err = c.create(t.Context(), "injected", app)
		if err != nil {
			t.Fatal(err)
		}
		containers, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
		return len(containers) == 2
	})
	got := c.warnings.takePrefixed(failedValidation)
	if len(got) != 1 || !strings.HasSuffix(got[0], ": without ISTIO_DUAL_STACK=true: istio-init, istio-proxy") {
		t.Errorf("warnings = %q, want one about istio-init and istio-proxy", got)
	}
	if mark, ok := pod.GetAnnotations()["example.com/proxy"]; ok {
		t.Errorf("a mutating policy has seen an injected sidecar, and says %q", mark)
	}
}

// markProxies has a mutating policy annotate Pods with istio-proxy, as far as it
// sees them.
func (c *cluster) markProxies(t *testing.T) {
	t.Helper()
	if out, err := c.apply(t.Context(), []byte(proxyPolicy), "--validate=strict"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	await(t, "the policy that marks proxies", func() bool {
		pod, err := c.create(t.Context(), "plain", plainProxy)
		if err != nil {
			t.Fatal(err)
		}
		return pod.GetAnnotations()["example.com/proxy"] == "seen"
	})
}

const proxyPolicy = `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: proxies.example.com
spec:
  failurePolicy: Fail
  reinvocationPolicy: IfNeeded
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
  - name: has-a-proxy
    expression: object.spec.containers.exists(container, container.name == 'istio-proxy')
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: 'Object{metadata: Object.metadata{annotations: {"example.com/proxy": "seen"}}}'
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: proxies.example.com
spec:
  policyName: proxies.example.com
`

func (c *cluster) awaitWarning(t *testing.T, object map[string]any) {
	t.Helper()
	await(t, "the validating policies", func() bool {
		if _, err := c.create(t.Context(), "probe", object); err != nil {
			t.Fatal(err)
		}
		return c.warnings.takePrefixed(failedValidation) != nil
	})
}

// testDeny refuses where the administrator asks for it, and says why in the
// audit log.
func (c *cluster) testDeny(t *testing.T) {
	c.export(t, "--kind", "validating", "--action", "Deny,Audit")
	c.namespace(t, "deny", applied, nil)
	meshed := (&unstructured.Unstructured{Object: plainWeb}).DeepCopy()
	meshed.SetLabels(map[string]string{"istio.io/rev": "stable"}) // the mutating policy leaves it alone
	for name, object := range map[string]map[string]any{"service": meshed.Object, "pod": plainProxy} {
		await(t, "the "+name+" to be refused", func() bool {
			_, err := c.create(t.Context(), "deny", object)
			if err != nil && !apierrors.IsInvalid(err) {
				t.Fatalf("creating the %s: %v, want that it is invalid", name, err)
			}
			return err != nil
		})
	}
	if _, err := c.create(t.Context(), "deny", chosenWeb()); err != nil {
		t.Errorf("creating a Service whose author chose SingleStack: %v", err)
	}
	if !c.auditedAs(t, "deny", "pods-check.policy.dualstack.dev/istio-not-dual", "istio-proxy") {
		t.Error("the audit log does not say which container lacks the variable")
	}
}

// testDelete takes everything away again, as docs/policies.md says.
func (c *cluster) testDelete(t *testing.T) {
	kind := "all"
	if !c.hasMutatingPolicies(t) {
		kind = "validating"
	}
	if out, err := c.kubectl(t.Context(), c.exported(t, []string{"--kind", kind}), "delete", "-f", "-"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	await(t, "the Pod to be let through", func() bool {
		_, err := c.create(t.Context(), "deny", plainProxy)
		return err == nil
	})
}

// auditedAs reports whether an event of the namespace has this annotation.
func (c *cluster) auditedAs(t *testing.T, namespace, key, value string) bool {
	t.Helper()
	events, err := c.AuditEvents()
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(events, func(event envtest.AuditEvent) bool {
		return event.ObjectRef.Namespace == namespace && event.Annotations[key] == value
	})
}
