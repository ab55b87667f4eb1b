package envtest

import (
	"os"
	"testing"
)

// ForTest starts a control plane that stops with the test. Without the binaries
// the test is skipped and says what to do; where CI is true it fails.
func ForTest(t testing.TB, o Options) *ControlPlane {
	t.Helper()
	if o.Assets == "" {
		o.Assets = os.Getenv("KUBEBUILDER_ASSETS")
	}
	if err := checkAssets(o.Assets); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs a control plane: %v", err)
		}
		t.Skipf("NOT TESTED, for want of a control plane: %v", err)
	}
	c, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Errorf("stopping the control plane: %v", err)
		}
	})
	return c
}
