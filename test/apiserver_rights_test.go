package test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// testRights asks for what the manifest does not give. The program has run with
// these rights in every other test.
func (c *cluster) testRights(t *testing.T) {
	identity := c.as(t, envtest.User)
	if !canReadCluster(t, identity) {
		t.Error("the program may not get the ServiceCIDR kubernetes")
	}
	server := c.serve(t)
	checkKnown(t, server, "enabled")
	for name, err := range map[string]error{
		"get another ServiceCIDR": identity.Get(t.Context(), client.ObjectKey{Name: "other"}, &networkingv1.ServiceCIDR{}),
		"list ServiceCIDRs":       identity.List(t.Context(), &networkingv1.ServiceCIDRList{}),
	} {
		if !apierrors.IsForbidden(err) {
			t.Errorf("%s = %v, want forbidden", name, err)
		}
	}
}

// unknowing returns c with a program that may see namespaces, which it cannot do
// without, and nothing else.
func (c *cluster) unknowing(t *testing.T) *cluster {
	t.Helper()
	const name = "unknowing"
	role := &rbacv1.ClusterRole{}
	role.Name = name
	role.Rules = []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get", "list", "watch"}}}
	binding := &rbacv1.ClusterRoleBinding{
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
	}
	binding.Name = name
	for _, object := range []client.Object{role, binding} {
		if err := c.client.Create(t.Context(), object); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
	}
	identity := c.as(t, name)
	await(t, "the rights", func() bool { return identity.List(t.Context(), &corev1.NamespaceList{}) == nil })
	if canReadCluster(t, identity) {
		t.Fatal("who has no right to it can get the ServiceCIDR kubernetes")
	}
	limited := *c
	var err error
	if limited.identity, err = c.User(name); err != nil {
		t.Fatal(err)
	}
	return &limited
}

// as returns a client with the rights of a user alone.
func (c *cluster) as(t *testing.T, user string) client.Client {
	t.Helper()
	kubeconfig, err := c.User(user)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func canReadCluster(t *testing.T, c client.Client) bool {
	t.Helper()
	err := c.Get(t.Context(), client.ObjectKey{Name: "kubernetes"}, &networkingv1.ServiceCIDR{})
	if err != nil && !apierrors.IsForbidden(err) {
		t.Fatal(err)
	}
	return err == nil
}
