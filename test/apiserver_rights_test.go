package test

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
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
