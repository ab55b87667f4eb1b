package test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// testUpgradeSticky has Services that prefer both families and have one, since the
// cluster had one when they were created. The API server never gives them the
// second by itself.
func (c *cluster) testUpgradeSticky(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-sticky")
	config, stop, err := c.StartBeside("10.96.0.0/16")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	single := &stage{T: t, cluster: &cluster{ControlPlane: c.ControlPlane, binary: c.binary}, namespace: s.namespace}
	if single.client, err = client.New(config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	prefer := corev1.IPFamilyPolicyPreferDualStack
	single.named("author", func(service *corev1.Service) { service.Spec.IPFamilyPolicy = &prefer })
	single.named("headless", func(service *corev1.Service) {
		service.Spec.IPFamilyPolicy, service.Spec.ClusterIP = &prefer, "None"
	})
	single.named("author-family", func(service *corev1.Service) {
		service.Spec.IPFamilyPolicy, service.Spec.IPFamilies = &prefer, []corev1.IPFamily{"IPv4"}
	})
	// What a webhook that does not know the cluster has made of it.
	single.named("ours", func(service *corev1.Service) {
		service.Spec.IPFamilyPolicy = &prefer
		service.Annotations = map[string]string{"dualstack.dev/status": "ipFamilyPolicy=PreferDualStack"}
	})
	s.disown("ours")
	s.setMode("apply")
	const sticky = "PreferDualStack IPv4"
	for _, service := range s.snapshot() {
		s.wantStack(&service, sticky)
	}

	want := map[string]string{"author": "second-family changed", "headless": "second-family changed", "ours": "second-family changed", "author-family": "families-chosen"}
	if diff := cmp.Diff(want, s.do("upgrade", "--yes")); diff != "" {
		t.Errorf("upgrade (-want +got):\n%s", diff)
	}
	marks := map[string]string{"author": "ipFamilies=+IPv6", "headless": "ipFamilies=+IPv6", "ours": "ipFamilyPolicy=PreferDualStack,ipFamilies=+IPv6"}
	for name, service := range s.snapshot() {
		if name == "author-family" {
			s.wantStack(&service, sticky)
			continue
		}
		s.wantStack(&service, dualStack)
		if got := service.Annotations["dualstack.dev/status"]; got != marks[name] {
			t.Errorf("Service %s: status = %q, want %q", name, got, marks[name])
		}
		if owners := owners(&service, "f:ipFamilies"); owners != nil {
			t.Errorf("Service %s: owners of ipFamilies = %q, want nobody", name, owners)
		}
	}

	// Nothing leads back to PreferDualStack with one family on a cluster with two;
	// what its author has asked for stays.
	want = map[string]string{"author": "policy-chosen changed", "headless": "policy-chosen changed", "ours": "one-family-again changed", "author-family": "no-mark"}
	if diff := cmp.Diff(want, s.do("revert", "--yes")); diff != "" {
		t.Errorf("revert (-want +got):\n%s", diff)
	}
	stacks := map[string]string{"author": dualStack, "headless": dualStack, "ours": singleStack, "author-family": sticky}
	for name, service := range s.snapshot() {
		s.wantStack(&service, stacks[name])
		if mark, ok := service.Annotations["dualstack.dev/status"]; ok {
			t.Errorf("Service %s: status = %q, want none", name, mark)
		}
	}
}

// disown takes the policy away from who created the Service, so that nobody has
// chosen it, as where the webhook wrote it.
func (s *stage) disown(name string) {
	s.Helper()
	service := s.snapshot()[name]
	for i := range service.ManagedFields {
		fields := service.ManagedFields[i].FieldsV1
		fields.SetRawBytes([]byte(strings.Replace(fields.GetRawString(), `"f:ipFamilyPolicy":{},`, "", 1)))
	}
	if err := s.client.Update(s.Context(), &service); err != nil {
		s.Fatal(err)
	}
	if service = s.snapshot()[name]; owners(&service, "f:ipFamilyPolicy") != nil {
		s.Fatalf("the policy of %s still has an owner", name)
	}
}
