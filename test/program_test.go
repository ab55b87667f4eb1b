package test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// buildProgram builds dualstack and returns its path.
func buildProgram(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "dualstack")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/dualstack").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return binary
}
