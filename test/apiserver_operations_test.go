package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestOperations runs the commands of docs/operations.md, in their order, on a
// release. Only the namespace stays: nothing here would finish its removal.
func TestOperations(t *testing.T) {
	c := startBare(t, envtest.Options{})
	c.namespace(t, "dualstack-probe", applied, nil)
	c.helm(t, "install", envtest.Release, chart, "--create-namespace")
	c.serve(t)
	c.helm(t, "upgrade", envtest.Release, chart) // For the rollback.
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := filepath.Abs("../bin")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), fence+"console\n")[1:]
	for _, block := range blocks {
		commands, _, _ := strings.Cut(block, fence)
		for _, command := range strings.Split("\n"+commands, "\n$ ")[1:] {
			if strings.HasPrefix(command, "kubectl delete namespace") {
				continue
			}
			shell := exec.CommandContext(t.Context(), "bash", "-c", command)
			shell.Dir = ".."
			shell.Env = []string{"PATH=" + tools + ":" + filepath.Dir(c.binary) + ":" + filepath.Dir(c.Kubectl()) + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "KUBECONFIG=" + c.Kubeconfig()}
			if out, err := shell.CombinedOutput(); err != nil {
				t.Fatalf("$ %s: %v\n%s", command, err, out)
			}
			if strings.HasPrefix(command, "kubectl patch mutatingwebhookconfiguration") {
				if err := c.AwaitAnswers(t.Context()); err != nil {
					t.Errorf("after the bundles were emptied: %v", err)
				}
			}
		}
	}
	if len(blocks) != 7 {
		t.Errorf("%d blocks of commands were run, want 7", len(blocks))
	}
	if left := c.helm(t, "list", "--short"); left != "" {
		t.Errorf("helm list = %q, want nothing", left)
	}
}
