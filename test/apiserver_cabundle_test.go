package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// testOnlyCABundle tries to change the webhook configuration as the program's
// account. The chart's policy must refuse all but caBundle, to an account that RBAC
// lets do everything with it, and must refuse nobody else.
func (c *cluster) testOnlyCABundle(t *testing.T) {
	kubeconfig, err := c.ServiceAccount(t.Context(), envtest.Namespace, envtest.Release)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	account, administrator := unhurried(t, config), unhurried(t, c.Config())
	c.grantAll(t, account)
	labelled := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"a":"b"}}}`))
	await(t, "the policy", func() bool { return isRefused(account.Patch(t.Context(), unread(), labelled, client.DryRunAll)) })
	t.Run("EveryField", func(t *testing.T) { testEveryField(t, account, administrator) })
	t.Run("Additions", func(t *testing.T) { testAdditions(t, account, administrator) })
	t.Run("CABundle", func(t *testing.T) { testCABundle(t, account) })
	t.Run("CreateAndDelete", func(t *testing.T) {
		other := c.configuration(t)
		if err := account.Delete(t.Context(), other, client.DryRunAll); !isRefused(err) {
			t.Errorf("deleting it = %v, want that the policy refuses it", err)
		}
		other.Name, other.UID, other.ResourceVersion = "other", "", ""
		if err := account.Create(t.Context(), other, client.DryRunAll); !isRefused(err) {
			t.Errorf("creating another = %v, want that the policy refuses it", err)
		}
	})
}

// grantAll lets the account do everything with webhook configurations, so that only
// the policy can stand against it. The test's end takes it away.
func (c *cluster) grantAll(t *testing.T, account client.Client) {
	t.Helper()
	role := &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"mutatingwebhookconfigurations"}, Verbs: []string{"*"},
	}}}
	binding := &rbacv1.ClusterRoleBinding{
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: envtest.Namespace, Name: envtest.Release}},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "everything"},
	}
	role.Name, binding.Name = "everything", "everything"
	for _, object := range []client.Object{role, binding} {
		if err := c.client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.client.Delete(context.WithoutCancel(t.Context()), object); err != nil {
				t.Error(err)
			}
		})
	}
	absent := unread()
	absent.SetName("absent")
	await(t, "the right to everything", func() bool { return apierrors.IsNotFound(account.Delete(t.Context(), absent)) })
}

// testEveryField removes and replaces each field that is stored. What an
// administrator could change so, the account cannot.
func testEveryField(t *testing.T, account, administrator client.Client) {
	stored := unread()
	if err := administrator.Get(t.Context(), client.ObjectKeyFromObject(stored), stored); err != nil {
		t.Fatal(err)
	}
	stored = stripped(stored)
	tried := map[string]bool{}
	for _, o := range everyChange("", stored.Object) {
		if strings.HasSuffix(o.Path, "/caBundle") {
			continue
		}
		data, err := json.Marshal([]operation{o})
		if err != nil {
			t.Fatal(err)
		}
		change := client.RawPatch(types.JSONPatchType, data)
		changed := unread()
		if err := administrator.Patch(t.Context(), changed, change, client.DryRunAll); err != nil || cmp.Equal(stored, stripped(changed)) {
			continue // The API server refuses it to everybody, or defaults it to the same.
		}
		tried[o.Path] = true
		if err := account.Patch(t.Context(), unread(), change, client.DryRunAll); !isRefused(err) {
			t.Errorf("%s = %v, want that the policy refuses it", data, err)
		}
	}
	for _, want := range []string{
		"/metadata/labels", "/webhooks", "/webhooks/0", "/webhooks/0/name", "/webhooks/0/clientConfig/service/namespace",
		"/webhooks/1/clientConfig/service/path", "/webhooks/2/rules/0/resources/0", "/webhooks/3/timeoutSeconds",
		"/webhooks/0/failurePolicy", "/webhooks/0/namespaceSelector", "/webhooks/0/objectSelector", "/webhooks/0/matchConditions",
	} {
		if !tried[want] {
			t.Errorf("no change of %s was tried, of %v", want, slices.Sorted(maps.Keys(tried)))
		}
	}
}

// testAdditions tries what a walk over the stored fields does not reach. Each is a
// change that an administrator can make.
func testAdditions(t *testing.T, account, administrator client.Client) {
	const owner = client.FieldOwner("test")
	for name, change := range map[string]client.Patch{
		"Label":         client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"a":"b"}}}`)),
		"Annotation":    client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"cert-manager.io/inject-ca-from":"a/b"}}}`)),
		"Finalizer":     client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":["example.com/a"]}}`)),
		"Owner":         client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"a","uid":"b"}]}}`)),
		"URL":           operations(`{"op":"replace","path":"/webhooks/0/clientConfig","value":{"url":"https://example.com/"}}`),
		"FailurePolicy": operations(`{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}`),
		"MatchPolicy":   operations(`{"op":"replace","path":"/webhooks/0/matchPolicy","value":"Exact"}`),
		"Reinvocation":  operations(`{"op":"replace","path":"/webhooks/0/reinvocationPolicy","value":"Never"}`),
		"SideEffects":   operations(`{"op":"replace","path":"/webhooks/0/sideEffects","value":"NoneOnDryRun"}`),
		"Rule":          operations(`{"op":"add","path":"/webhooks/0/rules/-","value":{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}}`),
		"Condition":     operations(`{"op":"replace","path":"/webhooks/0/matchConditions/0/expression","value":"true"}`),
		"Webhook":       operations(`{"op":"copy","from":"/webhooks/0","path":"/webhooks/-"}`, `{"op":"replace","path":"/webhooks/4/name","value":"a.example.com"}`),
		"Order":         operations(`{"op":"move","from":"/webhooks/0","path":"/webhooks/3"}`),
		"Swap":          operations(`{"op":"replace","path":"/webhooks/0/name","value":"pods-report.webhook.dualstack.dev"}`, `{"op":"replace","path":"/webhooks/1/name","value":"pods-apply.webhook.dualstack.dev"}`),
		"WithCABundle":  operations(`{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"eA=="}`, `{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}`),
		"Applied": client.RawPatch(types.ApplyPatchType, []byte(`{"apiVersion":"admissionregistration.k8s.io/v1",
			"kind":"MutatingWebhookConfiguration","metadata":{"labels":{"a":"b"}}}`)),
	} {
		if err := administrator.Patch(t.Context(), unread(), change, client.DryRunAll, owner); err != nil {
			t.Errorf("%s by an administrator = %v, want nil", name, err)
		}
		if err := account.Patch(t.Context(), unread(), change, client.DryRunAll, owner); !isRefused(err) {
			t.Errorf("%s = %v, want that the policy refuses it", name, err)
		}
	}
}

// testCABundle writes, replaces and removes bundles in every way that there is.
func testCABundle(t *testing.T, account client.Client) {
	certificate, _, err := cert.GenerateSelfSignedCertKey("theirs", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	bundle := base64.StdEncoding.EncodeToString(certificate)
	const add, remove = `{"op":"add","path":"/webhooks/%d/clientConfig/caBundle","value":%q}`, `{"op":"remove","path":"/webhooks/%d/clientConfig/caBundle"}`
	for _, step := range []struct {
		name   string
		change client.Patch
	}{
		{"nothing", client.RawPatch(types.MergePatchType, []byte(`{}`))},
		{"add two", operations(fmt.Sprintf(add, 0, bundle), fmt.Sprintf(add, 3, bundle))},
		{"remove one", operations(fmt.Sprintf(remove, 0))},
		{"merge one", client.RawPatch(types.StrategicMergePatchType, []byte(`{"webhooks":[{"name":"pods-apply.webhook.dualstack.dev","clientConfig":{"caBundle":"`+bundle+`"}}]}`))},
		{"remove both", operations(fmt.Sprintf(remove, 0), fmt.Sprintf(remove, 3))},
	} {
		if err := account.Patch(t.Context(), unread(), step.change); err != nil {
			t.Errorf("%s = %v, want nil", step.name, err)
		}
	}
}

// isRefused reports whether the chart's policy said no.
func isRefused(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "ValidatingAdmissionPolicy '"+envtest.Release+"-authority'") &&
		strings.Contains(err.Error(), "this account may ")
}

// unhurried returns a client that waits for nobody but the API server.
func unhurried(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	config.QPS = -1
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// unread returns the webhook configuration with nothing but its name.
func unread() *unstructured.Unstructured {
	configuration := &unstructured.Unstructured{}
	configuration.SetAPIVersion("admissionregistration.k8s.io/v1")
	configuration.SetKind("MutatingWebhookConfiguration")
	configuration.SetName(ourConfiguration)
	return configuration
}

// stripped returns the object without what the API server keeps by itself.
func stripped(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	for _, field := range []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	return object
}
