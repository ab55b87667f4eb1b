package test

import (
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// testUpgradeInstallation holds that the command decides as the installation does,
// by its ConfigMap and the namespaces that its webhook configuration leaves out.
func (c *cluster) testUpgradeInstallation(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-settings")
	s.create(func(service *corev1.Service) { service.Spec.ClusterIP = "None" })
	s.setMode("apply")
	plan := func(args ...string) string {
		t.Helper()
		return s.do("upgrade", append(args, "--dry-run")...)["web"]
	}
	configMap := &corev1.ConfigMap{}
	if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: envtest.Namespace, Name: envtest.Release}, configMap); err != nil {
		t.Fatal(err)
	}
	const file = "config.yaml"
	before := configMap.Data[file]
	write := func(text string) {
		t.Helper()
		if text == configMap.Data[file] {
			t.Fatalf("the ConfigMap stays as it is:\n%s", text)
		}
		configMap.Data[file] = text
		if err := c.client.Update(t.Context(), configMap); err != nil {
			t.Fatal(err)
		}
	}
	defer func() { write(before) }()

	if got := plan(); got != "service-dual-stack" {
		t.Errorf("upgrade with the installation's settings = %s, want a change", got)
	}
	write(strings.Replace(before, "headless: enabled", "headless: disabled", 1))
	if got := plan(); got != "headless-off" {
		t.Errorf("upgrade with services.headless: disabled in the ConfigMap = %s, want headless-off", got)
	}
	if got := plan("--config", writeConfig(t, "services:\n  headless: enabled\n")); got != "service-dual-stack" {
		t.Errorf("upgrade with --config = %s, want it to come before the ConfigMap", got)
	}
	write(before + "next: version\n")
	_, stderr, status := s.services("upgrade", "-n", s.namespace, "--dry-run")
	if status != 2 || !strings.Contains(stderr, "dualstack: configmap dualstack-system/dualstack-webhook: config.yaml:") || !strings.Contains(stderr, ": next: unknown key\n") {
		t.Errorf("upgrade with an unknown key in the ConfigMap = status %d, want 1 and the key\n%s", status, stderr)
	}

	t.Run("Excluded", func(t *testing.T) {
		system := &stage{T: t, cluster: c, namespace: envtest.Namespace}
		system.kubectl("", "label", "namespace", envtest.Namespace, "dualstack.dev/mode=apply")
		defer system.kubectl("", "label", "namespace", envtest.Namespace, "dualstack.dev/mode-")
		system.create(nil)
		defer system.kubectl("", "delete", "service", "web")
		if got := system.do("upgrade", "--dry-run", "--config", writeConfig(t, ""))["web"]; got != "namespace-mode" {
			t.Errorf("upgrade in the release's own namespace = %s, want namespace-mode", got)
		}
	})
}

// testUpgradeRights runs both as a user without rights, with those that the
// documentation names, and with all of them but one.
func (c *cluster) testUpgradeRights(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-rights")
	for _, name := range []string{"one", "two"} {
		s.named(name, nil)
	}
	s.setMode("apply")
	before := s.snapshot()
	role := documentedRole(t)

	nobody := c.userWith(t, "nobody", nil)
	_, stderr, status := s.services("upgrade", "-n", s.namespace, "--yes", "--kubeconfig", nobody)
	if status != 2 || !strings.Contains(stderr, "reading the namespace upgrade-rights, whose labels say what to do in it: ") {
		t.Errorf("upgrade without rights = status %d, want 1 and what is forbidden\n%s", status, stderr)
	}

	reader := c.userWith(t, "reader", without(role.Rules, "", "patch"))
	stdout, stderr, status := s.services("upgrade", "-n", s.namespace, "--yes", "--kubeconfig", reader)
	if status != 1 || strings.Count(stdout, `  failed: services "`) != 2 {
		t.Errorf("upgrade without the right to patch = status %d, want 2 and two lines of failure\n%s%s", status, stdout, stderr)
	}
	s.wantSnapshot("without the right to patch", before)

	stranger := c.userWith(t, "stranger", without(role.Rules, "admissionregistration.k8s.io", ""))
	stdout, stderr, status = s.services("upgrade", "-n", s.namespace, "--dry-run", "--kubeconfig", stranger)
	if status != 0 || !strings.Contains(stderr, "so the defaults hold") || !strings.Contains(stdout, "2 Services to upgrade") {
		t.Errorf("upgrade without the right to see the installation = status %d, want 0, a plan, and what is not known\n%s%s", status, stdout, stderr)
	}

	operator := c.userWith(t, "operator", role.Rules)
	for _, args := range [][]string{{"upgrade", "-A"}, {"revert", "-n", s.namespace}} {
		stdout, stderr, status := s.services(append(args, "--yes", "--rate", "1000", "--kubeconfig", operator)...)
		if status != 0 || stderr != "" || !strings.Contains(stdout, "upgrade-rights/two") {
			t.Errorf("dualstack services %q with the documented rights = status %d, want 0 and no complaint\n%s%s", args, status, stdout, stderr)
		}
	}
	s.wantSnapshot("upgraded and reverted with the documented rights", before)
}

// without returns the rules without those of an API group, or without a verb.
func without(rules []rbacv1.PolicyRule, group, verb string) []rbacv1.PolicyRule {
	var left []rbacv1.PolicyRule
	for _, rule := range rules {
		if group != "" && rule.APIGroups[0] == group {
			continue
		}
		rule = *rule.DeepCopy()
		rule.Verbs = strings.Fields(strings.Replace(strings.Join(rule.Verbs, " "), verb, "", 1))
		left = append(left, rule)
	}
	return left
}

// userWith returns the kubeconfig of a user with these rights, once the API server
// has seen them.
func (c *cluster) userWith(t *testing.T, name string, rules []rbacv1.PolicyRule) string {
	t.Helper()
	kubeconfig, err := c.User(name)
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{Rules: rules}
	role.Name = "upgrade-" + name
	binding := &rbacv1.ClusterRoleBinding{
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
	}
	binding.Name = role.Name
	for _, object := range []client.Object{role, binding} {
		if err := c.client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	if len(rules) > 0 {
		await(t, "the rights of "+name, func() bool {
			out, err := c.kubectl(t.Context(), nil, "auth", "can-i", "list", "services", "--all-namespaces", "--as", name)
			return err == nil && strings.TrimSpace(out) == "yes"
		})
	}
	return kubeconfig
}

// documentedRole returns the ClusterRole on the page about the commands.
func documentedRole(t *testing.T) *rbacv1.ClusterRole {
	t.Helper()
	page, err := os.ReadFile("../docs/existing-services.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml\napiVersion: rbac.authorization.k8s.io/v1\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/existing-services.md has no ClusterRole")
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict([]byte("apiVersion: rbac.authorization.k8s.io/v1\n"+text), role); err != nil {
		t.Fatal(err)
	}
	return role
}
