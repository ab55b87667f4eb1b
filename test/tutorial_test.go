package test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTutorials follows the tutorials as a reader would: it writes the files
// that they show, runs their commands, and wants the output that they show.
// Make tools builds what they need beside our own program.
func TestTutorials(t *testing.T) {
	tools, err := filepath.Abs("../bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"helm", "kustomize"} {
		if _, err := os.Stat(filepath.Join(tools, tool)); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("this test needs bin/%s: run make tools", tool)
			}
			t.Skipf("NOT TESTED, for want of bin/%s: run make tools", tool)
		}
	}
	path := strings.Join([]string{filepath.Dir(buildProgram(t)), tools, os.Getenv("PATH")}, string(os.PathListSeparator))
	for _, name := range []string{"ci.md"} {
		t.Run(name, func(t *testing.T) {
			page, err := os.ReadFile(filepath.Join("../docs/tutorials", name))
			if err != nil {
				t.Fatal(err)
			}
			follow(t, string(page), path)
		})
	}
}

// follow reads the fenced blocks of a page. One whose language is followed by a
// path is a file; one in the language console is commands, after "$ ", each with
// what it prints.
func follow(t *testing.T, page, path string) {
	t.Helper()
	directory := t.TempDir()
	for _, block := range fencedBlocks(page) {
		language, file, _ := strings.Cut(block.info, " ")
		switch {
		case file != "":
			writeFile(t, filepath.Join(directory, file), block.text)
		case language == "console":
			for _, step := range strings.Split("\n"+block.text, "\n$ ")[1:] {
				command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
				got := strings.TrimSuffix(runStep(t, directory, path, command), "\n")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("$ %s (-want +got):\n%s", command, diff)
				}
			}
		}
	}
}

// runStep runs a command line and returns what it prints.
func runStep(t *testing.T, directory, path, command string) string {
	t.Helper()
	shell := exec.Command("bash", "-o", "pipefail", "-c", command)
	shell.Dir = directory
	shell.Env = []string{"PATH=" + path, "HOME=" + filepath.Join(directory, ".home")}
	out, err := shell.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("$ %s: %v", command, err)
	}
	if err != nil {
		return fmt.Sprintf("%s[%v]", out, err)
	}
	return string(out)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

type fencedBlock struct {
	info, text string
}

func fencedBlocks(page string) []fencedBlock {
	const fence = "```"
	var blocks []fencedBlock
	inside := false
	for line := range strings.Lines(page) {
		info, ok := strings.CutPrefix(line, fence)
		switch {
		case ok && !inside:
			blocks = append(blocks, fencedBlock{info: strings.TrimSpace(info)})
			inside = true
		case ok:
			inside = false
		case inside:
			blocks[len(blocks)-1].text += line
		}
	}
	return blocks
}
