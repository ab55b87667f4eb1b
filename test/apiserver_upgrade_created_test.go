package test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// testRevertCreated takes back what the webhook did as Services were created, in a
// namespace that has opted out since: each is as it would have been without it.
func (c *cluster) testRevertCreated(t *testing.T) {
	s := c.upgradeStage(t, "revert-created")
	kinds := map[string]func(*corev1.Service){
		"cluster-ip": nil,
		"annotated":  func(s *corev1.Service) { s.Annotations = map[string]string{"a": "b"} },
		"node-port":  func(s *corev1.Service) { s.Spec.Type = "NodePort" },
		"headless":   func(s *corev1.Service) { s.Spec.ClusterIP = "None" },
		"require":    func(s *corev1.Service) { s.Annotations = map[string]string{"dualstack.dev/policy": "RequireDualStack"} },
	}
	for name, change := range kinds {
		s.named(name, change)
	}
	want := s.snapshot()
	s.kubectl("", "delete", "services", "--all")
	s.setMode("apply")
	for name, change := range kinds {
		s.named(name, change)
	}
	left := map[string]func(*corev1.Service){
		"both-families": func(s *corev1.Service) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv6", "IPv4"} },
		"primary-ours":  func(s *corev1.Service) { s.Annotations = map[string]string{"dualstack.dev/primary-family": "IPv6"} },
		"off-later":     nil,
		"foreign-mark":  func(s *corev1.Service) { s.Annotations = map[string]string{"dualstack.dev/policy": "PreferDualStack"} },
	}
	for name, change := range left {
		s.named(name, change)
	}
	s.patchNamed("off-later", `{"metadata":{"labels":{"dualstack.dev/mode":"off"}}}`)
	s.patchNamed("foreign-mark", `{"metadata":{"annotations":{"dualstack.dev/status":"ipFamilyPolicy=PreferIPv6"}}}`)
	s.setMode("")
	codes := map[string]string{
		"both-families": "families-named", "primary-ours": "primary-fixed", "off-later": "opted-out", "foreign-mark": "mark-unknown",
	}
	for name := range kinds {
		codes[name] = "one-family-again changed"
	}
	before := s.snapshot()
	if diff := cmp.Diff(codes, s.do("revert", "--yes")); diff != "" {
		t.Errorf("revert (-want +got):\n%s", diff)
	}
	for name, got := range s.snapshot() {
		if _, ok := left[name]; ok {
			if diff := cmp.Diff(before[name], got); diff != "" {
				t.Errorf("Service %s, which is left (-before +after):\n%s", name, diff)
			}
			continue
		}
		was := want[name]
		if diff := cmp.Diff(stackWords(&was), stackWords(&got)); diff != "" {
			t.Errorf("Service %s (-without the webhook +reverted):\n%s", name, diff)
		}
		if diff := cmp.Diff(was.Annotations, got.Annotations); diff != "" {
			t.Errorf("annotations of the Service %s (-without the webhook +reverted):\n%s", name, diff)
		}
		for _, field := range []string{"f:ipFamilyPolicy", "f:ipFamilies", "f:annotations"} {
			if diff := cmp.Diff(owners(&was, field), owners(&got, field)); diff != "" {
				t.Errorf("Service %s: owners of %s (-without the webhook +reverted):\n%s", name, field, diff)
			}
		}
	}
}
