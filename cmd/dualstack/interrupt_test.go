package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt sends one signal to a command that waits: for standard input, and
// for a FIFO that nobody writes into.
func TestInterrupt(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		args   []string
		signal syscall.Signal
		want   int
	}{
		{"SIGINT_Input:standard", []string{"mutate", "-"}, syscall.SIGINT, 130},
		{"SIGTERM_Input:standard", []string{"mutate"}, syscall.SIGTERM, 143},
		{"SIGINT_Input:FIFO", []string{"mutate", fifo}, syscall.SIGINT, 130},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, never, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = errors.Join(in.Close(), never.Close()) }()
			command, printed := program(t, in, tc.args...)
			if slices.Contains(tc.args, fifo) {
				if never, err = os.OpenFile(fifo, os.O_WRONLY, 0); err != nil {
					t.Fatal(err)
				}
			}
			// More than a pipe holds is taken only by who reads.
			if _, err := never.Write(make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
			interrupt(t, command, tc.signal)
			if got := command.ProcessState.ExitCode(); got != tc.want {
				t.Errorf("status after %s = %d, want %d", tc.signal, got, tc.want)
			}
			if printed.Len() > 0 {
				t.Errorf("prints %q, want nothing", printed)
			}
		})
	}
}

// program starts the program.
func program(t *testing.T, in *os.File, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	command := &exec.Cmd{Path: file, Args: append([]string{"dualstack"}, args...), Stdin: in, Stdout: &printed, Stderr: &printed}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, &printed
}

// interrupt sends a signal to the program, and waits for its end.
func interrupt(t *testing.T, command *exec.Cmd, signal syscall.Signal) {
	t.Helper()
	if err := command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = command.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		_ = command.Process.Kill()
		<-ended
		t.Fatalf("goes on after %s", signal)
	}
}

// TestInterrupted wants a command that is at work to end with its context.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	stop(signalError{syscall.SIGTERM})
	for _, tc := range []struct {
		name string
		err  error
		want int
		says string
	}{
		{"Canceled", failure{ctx.Err()}, 143, ""},
		{"Failed", failure{errors.New("interrupted: nothing is changed")}, 2, "dualstack: interrupted: nothing is changed\n"},
		{"Partly", failure{errPartly}, 1, ""},
		{"Done", nil, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var said strings.Builder
			if got := status(ctx, "dualstack", tc.err, &said); got != tc.want || said.String() != tc.says {
				t.Errorf("status(%v) = %d, saying %q, want %d, saying %q", tc.err, got, said.String(), tc.want, tc.says)
			}
		})
	}
	in, never := io.Pipe()
	defer func() { _ = never.Close() }()
	root := newRoot()
	root.SetArgs([]string{"mutate", "-"})
	root.SetIn(in)
	if err := root.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("mutate, interrupted, = %v, want %v", err, context.Canceled)
	}
}
