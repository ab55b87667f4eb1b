// Tls measures whole programs over TLS: what a review costs them, how many they
// answer, and how much memory they take, beside a webhook that does nothing.
//
//	go run ./tls -binary dualstack [-against NAME=BINARY]...
//
// Each program runs on one processor, and this one on another. They answer the same
// reviews of an injected Pod of 26 KB with 420 variables in the container of its
// author; rounds alternate between them. The programs need a kube-apiserver, whose
// binaries are in KUBEBUILDER_ASSETS.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dualstack-dev/webhook/test/envtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-tls:", err)
		os.Exit(1)
	}
}

// options say what is measured, and how long.
type options struct {
	programs []program
	rounds   int
	reviews  int // of a round
	rate     int // reviews a second that are offered
	seconds  int // for how long
	// connections are those of an API server, which has 200 changing requests under
	// way, by default.
	connections int
	patience    time.Duration // after which a caller gives up
}

// program is one that is measured.
type program struct{ name, binary string }

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "noop" {
		return serveNoop(ctx, args[1])
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the no-op: %w", err)
	}
	o := options{}
	flags := flag.NewFlagSet("bench-tls", flag.ExitOnError)
	binary := flags.String("binary", "../../bin/dualstack", "the `file` of dualstack")
	flags.Func("against", "another build of it, as `NAME=FILE`", func(value string) error {
		name, file, _ := strings.Cut(value, "=")
		o.programs = append(o.programs, program{name, file})
		return nil
	})
	flags.IntVar(&o.rounds, "rounds", 9, "how often each program is measured")
	flags.IntVar(&o.reviews, "reviews", 4000, "reviews of a round")
	flags.IntVar(&o.rate, "rate", 3000, "reviews a second that are offered")
	flags.IntVar(&o.seconds, "seconds", 10, "for how long")
	flags.IntVar(&o.connections, "connections", 200, "of an API server, which has as many changing requests under way by default")
	flags.DurationVar(&o.patience, "patience", 10*time.Second, "after which a caller gives up")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.programs = append([]program{{"dualstack", *binary}}, o.programs...)
	o.programs = append(o.programs, program{"no-op", self})
	return measure(ctx, o)
}

// measure starts what is needed and prints a table of each kind.
func measure(ctx context.Context, o options) (err error) {
	plane, err := envtest.Start(envtest.Options{})
	if err != nil {
		return err
	}
	defer func() { err = keep(err, plane.Stop()) }()
	if err := optIn(ctx, plane); err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "dualstack-bench-")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer func() { err = keep(err, os.RemoveAll(directory)) }()
	start := func(p program) (*target, error) {
		return startTarget(ctx, p, plane.Kubeconfig(), filepath.Join(directory, p.name))
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	for _, kind := range []func(context.Context, options, func(program) (*target, error), *tabwriter.Writer) error{atRest, perReview, offered, beside} {
		if err := kind(ctx, o, start, table); err != nil {
			return err
		}
		fmt.Fprintln(table)
		if err := table.Flush(); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	return nil
}

// optIn makes the namespace of the reviews.
func optIn(ctx context.Context, plane *envtest.ControlPlane) error {
	for _, args := range [][]string{
		{"create", "namespace", "shop"},
		{"label", "namespace", "shop", "dualstack.dev/mode=apply", "istio-injection=enabled"},
	} {
		command := exec.CommandContext(ctx, plane.Kubectl(), append([]string{"--kubeconfig", plane.Kubeconfig()}, args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("kubectl %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}

// keep returns the first error.
func keep(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
