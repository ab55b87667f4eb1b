package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testUpgradePage follows docs/existing-services.md as a reader would, and wants
// the output that it shows.
func (c *cluster) testUpgradePage(t *testing.T) {
	const file = "../docs/existing-services.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	blocks := strings.Split(string(page), fence)
	for i := 1; i < len(blocks); i += 2 {
		info, text, _ := strings.Cut(blocks[i], "\n")
		if language, name, _ := strings.Cut(info, " "); name != "" {
			writeFile(t, filepath.Join(directory, name), text)
		} else if language == "console" {
			blocks[i] = info + "\n" + c.runConsole(t, directory, text)
		}
	}
	got := strings.Join(blocks, fence)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(page), got); diff != "" {
		t.Errorf("the page (-shown +run):\n%s", diff)
	}
}

// runConsole returns the commands of a block with what they print in this cluster.
func (c *cluster) runConsole(t *testing.T, directory, text string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		shell := exec.CommandContext(t.Context(), "bash", "-c", command)
		shell.Dir = directory
		shell.Env = []string{
			"PATH=" + filepath.Dir(c.binary) + ":" + filepath.Dir(c.Kubectl()) + ":" + os.Getenv("PATH"),
			"HOME=" + t.TempDir(), "KUBECONFIG=" + c.Kubeconfig(),
		}
		printed, err := shell.CombinedOutput()
		if err != nil {
			t.Errorf("$ %s: %v", command, err)
		}
		out.WriteString(line)
		out.Write(printed)
	}
	return out.String()
}
