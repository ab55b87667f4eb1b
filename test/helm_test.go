package test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// helm runs the Helm that make tools has built, in the release's namespace.
func (c *cluster) helm(t *testing.T, args ...string) string {
	t.Helper()
	const binary = "../bin/helm"
	if _, err := os.Stat(binary); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test needs bin/helm: run make tools")
		}
		t.Skip("NOT TESTED, for want of bin/helm: run make tools")
	}
	command := exec.Command(binary, append(args, "--namespace", envtest.Namespace, "--kubeconfig", c.Kubeconfig())...)
	command.Env = []string{"HOME=" + t.TempDir()}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
