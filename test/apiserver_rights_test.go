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

// testRights asks for what the chart does not give. The program has run with
// these rights in every other test.
func (c *cluster) testRights(t *testing.T) {
	kubeconfig, err := c.ServiceAccount(t.Context(), envtest.Namespace, envtest.Release)
	if err != nil {
		t.Fatal(err)
	}
	identity := clientOf(t, kubeconfig)
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

// unknowing returns c with a program that may do what it cannot do without, and
// may not look at the cluster.
func (c *cluster) unknowing(t *testing.T) *cluster {
	t.Helper()
	const name = "unknowing"
	role := &rbacv1.ClusterRole{}
	role.Name = name
	role.Rules = []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get", "list", "watch"}}}
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}}
	authority := authoritySecret.Name // The roles have its name.
	objects := []client.Object{
		role,
		&rbacv1.ClusterRoleBinding{Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}},
		&rbacv1.ClusterRoleBinding{Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: authority}},
		&rbacv1.RoleBinding{Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: authority}},
	}
	objects[1].SetName(name)
	objects[2].SetName(name + "-authority")
	objects[3].SetName(name + "-authority")
	objects[3].SetNamespace(authoritySecret.Namespace)
	for _, object := range objects {
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
	return clientOf(t, kubeconfig)
}

func clientOf(t *testing.T, kubeconfig string) client.Client {
	t.Helper()
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
