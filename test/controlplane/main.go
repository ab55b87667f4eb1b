package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `usage: controlplane [-version 1.xx]

Prints the absolute directory that holds kube-apiserver, etcd and kubectl:
KUBEBUILDER_ASSETS if that is set, else a former build, else a download by
setup-envtest, else a build from the Go module proxy (about ten minutes on two
cores, once per release). What it does meanwhile goes to standard error.

  -version 1.xx   the Kubernetes release, the newest known one if left out
                  (known: %s)

Examples:

  KUBEBUILDER_ASSETS=$(go run -C test/controlplane .) go test ./...
  KUBEBUILDER_ASSETS=$(go run -C test/controlplane . -version %s) go test ./...
`

// The exit codes.
const (
	success = 0
	failure = 1
	misuse  = 2
)

// A usageError is a mistake in the command line.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code. The releases are
// read from the working directory, which go run -C makes test/controlplane.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	dir, err := parseAndFind(ctx, args, stderr)
	switch {
	case err == nil:
		fmt.Fprintln(stdout, dir)
		return success
	case errors.Is(err, flag.ErrHelp):
		return success
	}
	fmt.Fprintf(stderr, "controlplane: %v\n", err)
	if errors.As(err, new(usageError)) {
		return misuse
	}
	return failure
}

func parseAndFind(ctx context.Context, args []string, stderr io.Writer) (string, error) {
	f := finder{
		goCommand:   "go",
		modules:     ".",
		environment: os.Getenv("KUBEBUILDER_ASSETS"),
		progress:    stderr,
	}
	known, err := f.knownVersions()
	if err != nil {
		return "", err
	}
	version, err := parse(args, known, stderr)
	if err != nil {
		return "", err
	}
	return f.find(ctx, version, known)
}

// parse returns the value of -version, which is empty if it is left out. Help
// is printed to output when it is asked for.
func parse(args, known []string, output io.Writer) (version string, err error) {
	flags := flag.NewFlagSet("controlplane", flag.ContinueOnError)
	// The flag package prints an error in a form of its own; run prints it too.
	flags.SetOutput(io.Discard)
	flags.StringVar(&version, "version", "", "")
	err = flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(output, usage, strings.Join(known, ", "), known[0])
		return "", err
	case err != nil:
		return "", usageError{fmt.Errorf("%w: the only flag is -version; -h shows examples", err)}
	case flags.NArg() > 0:
		return "", usageError{fmt.Errorf("unexpected argument %q: a release is chosen with -version, as in -version %s",
			flags.Arg(0), known[0])}
	}
	return version, nil
}
