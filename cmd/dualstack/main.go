// Dualstack makes the workloads of labelled namespaces dual-stack.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end; the second one is not caught.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the program and returns its exit status. It is main without the
// globals, so that tests can call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "dualstack:", err)
	if errors.As(err, new(failure)) {
		return exitFailure
	}
	fmt.Fprintln(stderr, "Run dualstack --help, or --help after a command, for its use.")
	return exitUsage
}

// failure is an error of a command that was called correctly. Every other error
// is one of use.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }
