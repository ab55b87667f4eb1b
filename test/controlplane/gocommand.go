package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A goCommand is the name or path of the go command.
type goCommand string

// output runs the go command in the module in dir and returns what it prints.
// When ctx ends it interrupts the command, kills it if that does not help within
// seconds, and returns the reason as the error.
func (g goCommand) output(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, string(g), args...)
	cmd.Dir = dir
	// A workspace of the user's does not have these modules. Without cgo no C
	// compiler is needed.
	cmd.Env = append(cmd.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	// The go command runs compilers and tools, which a signal to it alone would
	// leave behind. As a group they all get it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second

	out, err := cmd.Output()
	if ctx.Err() != nil {
		if cmd.Process != nil {
			// A process of the group may have missed the interrupt.
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		return "", context.Cause(ctx)
	}
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return "", fmt.Errorf("%w\n%s", err, problems(string(exit.Stderr)))
	}
	return string(out), err
}

// problems returns the last lines of what the go command wrote to standard
// error, without those that only tell what it downloads.
func problems(stderr string) string {
	const most = 20
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "go: downloading ") })
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// lastLine returns the last line of s, in which commands say what went wrong.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
