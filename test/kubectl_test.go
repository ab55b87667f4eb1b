package test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// apply is kubectl apply with these flags.
func (c *cluster) apply(ctx context.Context, manifest []byte, flags ...string) (string, error) {
	return c.kubectl(ctx, manifest, append([]string{"apply", "-f", "-"}, flags...)...)
}

// kubectl runs the real kubectl and returns all that it prints. What it has
// learned of other API servers, which had the same port, must not be its to
// remember.
func (c *cluster) kubectl(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cache := filepath.Join(filepath.Dir(c.binary), "kubectl-cache")
	command := exec.CommandContext(ctx, c.Kubectl(), append([]string{"--kubeconfig", c.Kubeconfig(), "--cache-dir", cache}, args...)...)
	command.Stdin = bytes.NewReader(stdin)
	out, err := command.CombinedOutput()
	return string(out), err
}

func (c *cluster) mustApply(t *testing.T, manifest []byte, flags []string) {
	t.Helper()
	if out, err := c.apply(t.Context(), manifest, flags...); err != nil {
		t.Fatalf("kubectl apply %s: %v\n%s", strings.Join(flags, " "), err, out)
	}
}

// wantNoDiff runs kubectl diff: what apply with the same flags would change.
func (c *cluster) wantNoDiff(t *testing.T, manifest []byte, flags []string) {
	t.Helper()
	if _, err := exec.LookPath("diff"); err != nil {
		t.Fatalf("kubectl diff needs diff: %v", err)
	}
	out, err := c.kubectl(t.Context(), manifest, append([]string{"diff", "-f", "-"}, flags...)...)
	if err != nil || out != "" {
		t.Errorf("kubectl diff %s: %v, want no difference:\n%s", strings.Join(flags, " "), err, out)
	}
}
