// Dualstack makes the workloads of labelled namespaces dual-stack.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dualstack-dev/webhook/terminal"
)

// Exit statuses, as those of kubectl diff. Wrong use is an error like others. So is
// what the runtime of Go ends a program with that crashes or has no memory left: 2,
// which can therefore be no answer to a question.
const (
	exitOK     = 0
	exitAnswer = 1 // something would change, was found, or is not done
	exitError  = 2
)

func main() {
	// The first signal asks for an orderly end; the second one is not caught.
	os.Exit(run(untilSignal(context.Background()), os.Args, os.Stdout, os.Stderr))
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
	return status(ctx, name, root.ExecuteContext(ctx), stderr)
}

// status returns the exit status for what a command came to, and reports what is
// wrong.
func status(ctx context.Context, name string, err error, stderr io.Writer) int {
	caught, signaled := errors.AsType[signalError](context.Cause(ctx))
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errWouldChange), errors.Is(err, errFindings), errors.Is(err, errPartly):
		return exitAnswer
	case signaled && errors.Is(err, context.Canceled):
		return caught.status() // Who sent the signal knows why.
	}
	report(stderr, name, err)
	return exitError
}

// report prints each of the errors that err joins, and where to read about use
// if that was wrong.
func report(w io.Writer, name string, err error) {
	_, failed := errors.AsType[failure](err)
	for _, message := range messages(err) {
		lines := []string{message}
		if !failed {
			// What the library says of use has several lines, and tabs. Others' words in
			// it are those of who called the program.
			lines = strings.Split(strings.ReplaceAll(strings.TrimSuffix(message, "\n"), "\t", "  "), "\n")
		}
		for _, line := range lines {
			fmt.Fprintf(terminal.Lines{Writer: w}, "dualstack: %s\n", line)
		}
	}
	if !failed {
		fmt.Fprintf(w, "Run %s --help, or --help after a command, for its use.\n", name)
	}
}

// messages returns those of the errors that err joins.
func messages(err error) []string {
	if f, ok := err.(failure); ok { //nolint:errorlint // What wraps it has more to say.
		err = f.error
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var all []string
	for _, err := range joined.Unwrap() {
		all = append(all, messages(err)...)
	}
	if strings.Join(all, "\n") != err.Error() {
		return []string{err.Error()} // It has words of its own around them.
	}
	return all
}

// failure is an error of a command that was called correctly. Every other error
// is one of use.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }
