package certmanager

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// commands returns those that a section of docs/cert-manager.md shows.
func commands(t *testing.T, section string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/cert-manager.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	_, text, _ = strings.Cut(text, "\n```console\n$ ")
	text, _, found := strings.Cut(text, "\n```\n")
	if !found {
		t.Fatalf("docs/cert-manager.md has no commands under %q", section)
	}
	return strings.Split(text, "\n$ ")
}

// follow runs the commands of a section.
func (c *cluster) follow(t *testing.T, server *envtest.Server, section string) {
	t.Helper()
	for _, command := range commands(t, section) {
		c.run(t, server, command)
	}
}

// run runs a command in the project's directory. Two of them need what is not
// here: cmctl, whose work renew does, and nodes, whose work sync does.
func (c *cluster) run(t *testing.T, server *envtest.Server, command string) {
	t.Helper()
	words := strings.Fields(command)
	switch {
	case words[0] == "cmctl" && words[1] == "renew":
		c.renew(t, words[2])
		return
	case strings.HasPrefix(command, "kubectl rollout status "):
		c.sync(t, server)
		return
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", command)
	shell.Dir = "../.."
	shell.Env = []string{"PATH=" + tools(t) + ":" + filepath.Dir(c.Kubectl()) + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "KUBECONFIG=" + c.Kubeconfig()}
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("$ %s: %v\n%s", command, err, out)
	}
}

// upgrade runs helm upgrade with these flags.
func (c *cluster) upgrade(t *testing.T, flags string) {
	t.Helper()
	c.run(t, nil, "helm upgrade "+envtest.Release+" charts/dualstack-webhook --namespace "+envtest.Namespace+" --reset-then-reuse-values "+flags)
}

// tools returns the directory with the Helm that make tools has built.
func tools(t *testing.T) string {
	t.Helper()
	directory, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(directory, "helm")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test needs bin/helm: run make tools")
		}
		t.Skip("NOT TESTED, for want of bin/helm: run make tools")
	}
	return directory
}
