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
	for _, name := range []string{"ci.md", "istio.md"} {
		t.Run(name, func(t *testing.T) {
			page := filepath.Join("../docs/tutorials", name)
			want, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			got := reader{directory: t.TempDir(), env: []string{"PATH=" + path}}.follow(t, string(want))
			checkPage(t, page, string(want), got)
		})
	}
}

// checkPage wants a page to be as it was followed.
func checkPage(t *testing.T, page, want, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the page (-shown +run):\n%s", diff)
	}
}

// A reader follows a page.
type reader struct {
	// directory is where the files are, and the commands run.
	directory string
	env       []string
	// meanwhile plays what a cluster does by itself before the next command; nil
	// without a cluster.
	meanwhile func()
}

// follow returns the page as it must be. Its fenced blocks count: one whose
// language is followed by a path is a file, and one in the language console is
// commands, after "$ ", each with what it prints.
func (r reader) follow(t *testing.T, page string) string {
	t.Helper()
	blocks := strings.Split(page, fence)
	for i := 1; i < len(blocks); i += 2 {
		info, text, _ := strings.Cut(blocks[i], "\n")
		language, file, _ := strings.Cut(info, " ")
		switch {
		case file != "":
			writeFile(t, filepath.Join(r.directory, file), text)
		case language == "console":
			blocks[i] = info + "\n" + r.console(t, text)
		}
	}
	return strings.Join(blocks, fence)
}

// fence begins and ends a block, on a line of its own.
const fence = "```"

// console returns the commands of a block with what they print.
func (r reader) console(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			out.WriteString(line)
			out.WriteString(r.step(t, command))
		}
	}
	return out.String()
}

// step runs a command line and returns what it prints, and its status unless that
// is 0.
func (r reader) step(t *testing.T, command string) string {
	t.Helper()
	if r.meanwhile != nil {
		r.meanwhile()
	}
	shell := exec.Command("bash", "-o", "pipefail", "-c", command)
	shell.Dir = r.directory
	shell.Env = append([]string{"HOME=" + filepath.Join(r.directory, ".home")}, r.env...)
	out, err := shell.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("$ %s: %v", command, err)
	}
	if err != nil {
		return fmt.Sprintf("%s[%v]\n", out, err)
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
