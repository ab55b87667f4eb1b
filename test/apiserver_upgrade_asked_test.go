package test

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// Answers that are keys of a terminal.
const (
	enter     = "\r"
	interrupt = "\x03" // Control and C.
	endOfFile = "\x04" // Control and D.
)

// testUpgradeAsked has somebody at a terminal to ask: nothing changes before the
// answer, and nothing at all unless it is yes.
func (c *cluster) testUpgradeAsked(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-asked")
	s.create(nil)
	s.setMode("apply")
	before := s.snapshot()
	for _, verb := range []struct{ name, question, stack string }{
		{"upgrade", "Upgrade 1 Service? [y/N] ", dualStack},
		{"revert", "Revert 1 Service? [y/N] ", singleStack},
	} {
		unchanged := s.snapshot()
		for _, no := range []struct{ name, keys, says string }{
			{"no", "n" + enter, "not confirmed"},
			{"nothing", enter, "not confirmed"},
			{"something else", "yes, please" + enter, "not confirmed"},
			{"end of file", endOfFile, "not confirmed"},
			{"interrupt", interrupt, "interrupted"},
		} {
			screen, status := s.asked(nil, verb.question, no.keys, verb.name, "-n", s.namespace)
			want := "dualstack: " + no.says + ": nothing is changed"
			if status != 2 || strings.Count(screen, verb.question) != 1 || !strings.Contains(screen, want) {
				t.Errorf("%s, answered %s = status %d, want 2, one question and %q\n%s", verb.name, no.name, status, want, screen)
			}
			s.wantSnapshot(verb.name+", answered "+no.name, unchanged)
		}
		screen, status := s.asked(nil, verb.question, "y"+enter, verb.name, "-n", s.namespace)
		if status != 0 || !strings.Contains(screen, verb.question) {
			t.Errorf("%s, answered yes = status %d, want 0 and a question\n%s", verb.name, status, screen)
		}
		s.wantStack(s.get(), verb.stack)
	}
	s.wantSnapshot("upgraded and reverted at a terminal", before)

	// The question is on the terminal, not in what goes elsewhere.
	var stdout bytes.Buffer
	screen, status := s.asked(&stdout, "Upgrade 1 Service? [y/N] ", "yes"+enter, "upgrade", "-n", s.namespace, "-o", "json")
	if status != 0 {
		t.Errorf("upgrade -o json, answered yes = status %d, want 0\n%s", status, screen)
	}
	if got := decodeServices(t, stdout.String())["web"]; got != "service-dual-stack changed" {
		t.Errorf("upgrade -o json, answered yes: %s, want a change", got)
	}
}

// testUpgradeUnasked has nobody to ask: nothing changes.
func (c *cluster) testUpgradeUnasked(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-unasked")
	s.create(nil)
	s.setMode("apply")
	unasked := func(verb string) {
		before := s.snapshot()
		for _, output := range []string{"table", "json"} {
			stdout, stderr, status := s.services(verb, "-n", s.namespace, "-o", output)
			if status != 2 || !strings.Contains(stderr, "dualstack: nothing is changed: there is no terminal to ask on; give --yes") {
				t.Errorf("%s -o %s without a terminal = status %d, want 1 and what to do\n%s%s", verb, output, status, stdout, stderr)
			}
		}
		s.wantSnapshot(verb+" without an answer", before)
	}
	unasked("upgrade")
	s.do("upgrade", "--yes")
	unasked("revert")
}

// asked runs dualstack services at a terminal, answers its question with keys, and
// returns what is on the screen and the exit status. Standard output goes to stdout
// unless that is nil.
func (s *stage) asked(stdout io.Writer, question, keys string, args ...string) (string, int) {
	s.Helper()
	before := s.snapshot()
	command := exec.CommandContext(s.Context(), s.binary, append([]string{"services"}, args...)...)
	command.Env, command.Stdout = []string{"KUBECONFIG=" + s.Kubeconfig()}, stdout
	terminal, err := pty.Start(command)
	if err != nil {
		s.Fatalf("starting it at a terminal: %v", err)
	}
	defer func() { _ = terminal.Close() }()
	var screen bytes.Buffer
	chunk := make([]byte, 1024)
	for answered := false; err == nil; { // The end of a terminal is an error of the system's.
		var n int
		n, err = terminal.Read(chunk)
		screen.Write(chunk[:n])
		if !answered && strings.HasSuffix(screen.String(), question) {
			answered = true
			s.wantSnapshot("before the answer", before)
			if s.whileAsked != nil {
				s.whileAsked()
			}
			if _, err := io.WriteString(terminal, keys); err != nil {
				s.Fatalf("answering: %v", err)
			}
		}
	}
	err = command.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return screen.String(), exit.ExitCode()
	}
	if err != nil {
		s.Fatalf("at a terminal: %v", err)
	}
	return screen.String(), 0
}
