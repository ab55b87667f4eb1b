package istio

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	capture "istio.io/istio/tools/common/config"
)

// programVariable, where it is set, has the test binary run one of the programs
// in place of the tests.
const programVariable = "DUALSTACK_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name := os.Getenv(programVariable); name != "" {
		capture.LocalIPAddrs = dualInterfaces //nolint:reassign // It is there for tests.
		if err := programs[name](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runner runs the programs, and remembers what came of it: many Pods have the
// same container.
type runner struct {
	answers map[string]string
}

// run returns what the program writes into output, a name among args, with this
// environment and no other.
func (r *runner) run(t *testing.T, program string, env []string, args func(output string) []string) string {
	t.Helper()
	key := sha256.Sum256([]byte(strings.Join(append(append([]string{program}, env...), args("")...), "\x00")))
	if answer, ok := r.answers[string(key[:])]; ok {
		return answer
	}
	output := filepath.Join(t.TempDir(), "output")
	command := exec.Command(os.Args[0], args(output)...)
	command.Env = append([]string{programVariable + "=" + program, "DRY_RUN_FILE_PATH=" + output}, env...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	answer, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	r.answers[string(key[:])] = string(answer)
	return string(answer)
}
