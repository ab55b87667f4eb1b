// Dualstack makes the workloads of labelled namespaces dual-stack.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses. Wrong use is an error like others, so that the status that
// answers a question cannot be taken for one.
const (
	exitOK          = 0
	exitError       = 1
	exitWouldChange = 2
	exitPartly      = 2
	exitFound       = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end; the second one is not caught.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args, os.Stdout, os.Stderr))
}

// run runs the program and returns its exit status. It is main without the
// globals, so that tests can call it. Its first argument is the file that was
// run.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	name := calledAs(args[0])
	root := newRoot()
	rename(root, name)
	root.SetArgs(args[1:])
	root.SetOut(stdout)
	root.SetErr(stderr)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return exitOK
	case errors.Is(err, errWouldChange):
		return exitWouldChange
	case errors.Is(err, errPartly):
		return exitPartly
	case errors.Is(err, errFindings):
		return exitFound
	default:
		report(stderr, name, err)
		return exitError
	}
}

// report prints each of the errors that err joins, and where to read about use
// if that was wrong.
func report(w io.Writer, name string, err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprint(w, "dualstack: ", strings.TrimSuffix(line, "\n"), "\n")
	}
	if _, ok := errors.AsType[failure](err); !ok {
		fmt.Fprintf(w, "Run %s --help, or --help after a command, for its use.\n", name)
	}
}

// failure is an error of a command that was called correctly. Every other error
// is one of use.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }
