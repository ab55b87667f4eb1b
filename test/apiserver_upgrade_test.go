package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// testUpgrade takes Services that are older than the label through dualstack
// services upgrade and revert, while the webhook runs.
func (c *cluster) testUpgrade(t *testing.T) {
	c.serve(t)
	t.Run("RoundTrip", c.testUpgradeRoundTrip)
	t.Run("Ownership", c.testUpgradeOwnership)
	t.Run("Sticky", c.testUpgradeSticky)
	t.Run("Created", c.testRevertCreated)
	t.Run("Page", c.testUpgradePage)
	t.Run("Pods", c.testUpgradePods)
	t.Run("Installation", c.testUpgradeInstallation)
	t.Run("Asked", c.testUpgradeAsked)
	t.Run("Unasked", c.testUpgradeUnasked)
	t.Run("OptedOut", c.testUpgradeOptedOut)
	t.Run("OptedOutWhileAsked", c.testUpgradeOptedOutWhileAsked)
	t.Run("Linkerd", c.testUpgradeLinkerd)
	t.Run("Rights", c.testUpgradeRights)
	t.Run("Changed", c.testUpgradeChanged)
	t.Run("AtOnce", c.testUpgradeAtOnce)
	t.Run("Stopped", c.testUpgradeStopped)
	t.Run("Killed", c.testUpgradeKilled)
}

// services runs dualstack services, and returns what it prints and its exit
// status.
func (s *stage) services(args ...string) (stdout, stderr string, status int) {
	s.Helper()
	command := exec.CommandContext(s.Context(), s.binary, append([]string{"services"}, args...)...)
	command.Env = []string{"KUBECONFIG=" + s.Kubeconfig()}
	var out, err bytes.Buffer
	command.Stdout, command.Stderr = &out, &err
	if exit := (*exec.ExitError)(nil); errors.As(command.Run(), &exit) {
		status = exit.ExitCode()
	}
	return out.String(), err.String(), status
}

// do runs dualstack services upgrade or revert in the namespace, without a
// question, and returns the code and the outcome of each Service.
func (s *stage) do(verb string, args ...string) map[string]string {
	s.Helper()
	stdout, stderr, status := s.services(append([]string{verb, "-n", s.namespace, "-o", "json", "--rate", "1000"}, args...)...)
	if status != 0 {
		s.Errorf("dualstack services %s = status %d\n%s\n%s", verb, status, stdout, stderr)
	}
	return decodeServices(s.T, stdout)
}

func decodeServices(t *testing.T, stdout string) map[string]string {
	t.Helper()
	var lines []struct{ Name, Code, Outcome string }
	if err := json.Unmarshal([]byte(stdout), &lines); err != nil {
		t.Fatalf("%v:\n%s", err, stdout)
	}
	got := map[string]string{}
	for _, line := range lines {
		got[line.Name] = strings.TrimSpace(line.Code + " " + line.Outcome)
	}
	return got
}

// snapshot returns the Services of the namespace, as they are stored.
func (s *stage) snapshot() map[string]corev1.Service {
	s.Helper()
	var list corev1.ServiceList
	if err := s.client.List(s.Context(), &list, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	services := map[string]corev1.Service{}
	for _, service := range list.Items {
		services[service.Name] = service
	}
	return services
}

// wantSnapshot wants the Services to be as they were, to the owner of each field
// and the time of each entry of managedFields.
func (s *stage) wantSnapshot(when string, want map[string]corev1.Service) {
	s.Helper()
	ignored := cmpopts.IgnoreFields(metav1.ObjectMeta{}, "ResourceVersion")
	if diff := cmp.Diff(want, s.snapshot(), ignored, cmpopts.EquateEmpty()); diff != "" {
		s.Errorf("Services %s (-before +after):\n%s", when, diff)
	}
}

// wantStack checks policy, families and addresses of a Service.
func (s *stage) wantStack(service *corev1.Service, want string) {
	s.Helper()
	if got := stackWords(service); got != want {
		s.Errorf("Service %s: %s, want %s", service.Name, got, want)
	}
	if ips := service.Spec.ClusterIPs; len(ips) > 0 && ips[0] != "None" && len(ips) != len(service.Spec.IPFamilies) {
		s.Errorf("Service %s: cluster IPs %v for families %v, want one for each", service.Name, ips, service.Spec.IPFamilies)
	}
}

func stackWords(service *corev1.Service) string {
	policy, families := "-", []string{}
	if service.Spec.IPFamilyPolicy != nil {
		policy = string(*service.Spec.IPFamilyPolicy)
	}
	for _, family := range service.Spec.IPFamilies {
		families = append(families, string(family))
	}
	if len(families) == 0 {
		families = []string{"-"}
	}
	return policy + " " + strings.Join(families, ",")
}

// upgradeStage returns a namespace that has not opted in.
func (c *cluster) upgradeStage(t *testing.T, namespace string) *stage {
	t.Helper()
	c.namespace(t, namespace, nil, nil)
	return &stage{T: t, cluster: c, namespace: namespace}
}

// named stores a Service of another name than web.
func (s *stage) named(name string, change func(*corev1.Service)) {
	s.Helper()
	s.create(func(service *corev1.Service) {
		service.Name = name
		if change != nil {
			change(service)
		}
	})
}

// testUpgradeRoundTrip has one Service of each kind: each is upgraded or left, for
// the reason that is wanted; the next upgrade finds nothing to do; and a revert
// leaves each as it was.
func (c *cluster) testUpgradeRoundTrip(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-kinds")
	policy := func(p corev1.IPFamilyPolicy) func(*corev1.Service) {
		return func(service *corev1.Service) { service.Spec.IPFamilyPolicy = &p }
	}
	kinds := []struct {
		name   string
		change func(*corev1.Service)
		code   string
		then   string
	}{
		{"cluster-ip", nil, "service-dual-stack changed", dualStack},
		{"annotated", func(s *corev1.Service) { s.Annotations = map[string]string{"a": "b"} }, "service-dual-stack changed", dualStack},
		{"node-port", func(s *corev1.Service) { s.Spec.Type = "NodePort" }, "service-dual-stack changed", dualStack},
		{"headless", func(s *corev1.Service) { s.Spec.ClusterIP = "None" }, "service-dual-stack changed", dualStack},
		{"no-selector", func(s *corev1.Service) { s.Spec.Selector = nil }, "service-dual-stack changed", dualStack},
		{"balancer", func(s *corev1.Service) { s.Spec.Type = "LoadBalancer" }, "load-balancer-off", singleStack},
		{"balancer-enabled", func(s *corev1.Service) {
			s.Spec.Type, s.Annotations = "LoadBalancer", map[string]string{"dualstack.dev/load-balancers": "enabled"}
		}, "service-dual-stack changed", dualStack},
		{"balancer-ranges", func(s *corev1.Service) {
			s.Spec.Type, s.Annotations = "LoadBalancer", map[string]string{"dualstack.dev/load-balancers": "enabled"}
			s.Spec.LoadBalancerSourceRanges = []string{"192.0.2.0/24"}
		}, "load-balancer-ranges", singleStack},
		{"require", func(s *corev1.Service) {
			s.Annotations = map[string]string{"dualstack.dev/policy": "RequireDualStack"}
		}, "service-dual-stack changed", "RequireDualStack IPv4,IPv6"},
		{"opted-out", func(s *corev1.Service) { s.Labels = map[string]string{"dualstack.dev/mode": "off"} }, "opted-out", singleStack},
		{"external-name", externalName, "external-name", noFamilies},
		{"explicit-single", policy("SingleStack"), "explicit-single-stack", singleStack},
		{"explicit-prefer", policy("PreferDualStack"), "already-dual", dualStack},
		{"families", func(s *corev1.Service) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv4"} }, "families-chosen", singleStack},
		{"second-family", func(s *corev1.Service) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv6"} }, "families-chosen", "SingleStack IPv6"},
		{"cluster-ips", func(s *corev1.Service) {
			s.Spec.ClusterIP, s.Spec.ClusterIPs = "10.96.7.7", []string{"10.96.7.7"}
		}, "families-chosen", singleStack},
		{"fixed-ip", func(s *corev1.Service) { s.Spec.ClusterIP = "10.96.7.8" }, "service-dual-stack changed", dualStack},
		{"headless-no-selector", func(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.Selector = "None", nil }, "already-dual", "RequireDualStack IPv4,IPv6"},
		{"finalizer", func(s *corev1.Service) { s.Finalizers = []string{"example.com/hold"} }, "deleting", singleStack},
	}
	for _, kind := range kinds {
		s.named(kind.name, kind.change)
	}
	held := s.snapshot()["finalizer"]
	if err := s.client.Delete(s.Context(), &held); err != nil {
		s.Fatal(err)
	}
	s.setMode("apply")
	before := s.snapshot()
	codes, again := map[string]string{}, map[string]string{}
	for _, kind := range kinds {
		codes[kind.name] = kind.code
		again[kind.name] = strings.Replace(kind.code, "service-dual-stack changed", "already-dual", 1)
	}
	if diff := cmp.Diff(codes, s.do("upgrade", "--yes")); diff != "" {
		t.Errorf("upgrade (-want +got):\n%s", diff)
	}
	after := s.snapshot()
	for _, kind := range kinds {
		service := after[kind.name]
		s.wantStack(&service, kind.then)
		for _, field := range []string{"f:ipFamilyPolicy", "f:ipFamilies", "f:dualstack.dev/status"} {
			was := before[kind.name]
			if diff := cmp.Diff(owners(&was, field), owners(&service, field)); diff != "" {
				t.Errorf("Service %s: owners of %s (-before +after):\n%s", kind.name, field, diff)
			}
		}
	}
	if diff := cmp.Diff(again, s.do("upgrade", "--yes")); diff != "" {
		t.Errorf("upgrade again (-want +got):\n%s", diff)
	}
	s.wantSnapshot("after a second upgrade", after)
	s.do("revert", "--yes")
	s.wantSnapshot("after a revert", before)
	s.do("revert", "--yes")
	s.wantSnapshot("after a second revert", before)
	s.patchNamed("finalizer", `{"metadata":{"finalizers":null}}`)
}

// writeConfig writes a configuration file of the webhook.
func writeConfig(t *testing.T, settings string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := "apiVersion: dualstack.dev/v1alpha1\nkind: Configuration\n" + settings
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
