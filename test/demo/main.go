// Demo shows the main job to someone who has just cloned the project: it starts
// a kube-apiserver and the real dualstack serve, applies examples to a namespace
// that opted in and to one that did not, and prints what differs between what
// the API server stored.
//
// What differs must be what promise.txt says, line by line; otherwise the exit
// status is 1. KUBEBUILDER_ASSETS names the directory with kube-apiserver, etcd
// and kubectl; make demo sets it.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/google/go-cmp/cmp"
)

//go:embed promise.txt
var promise string

func main() {
	keep := flag.Bool("keep", false, "leave everything up until it is interrupted")
	examples := flag.String("examples", "examples", "`directory` with the manifests")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *examples, *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, examples string, keep bool) (err error) {
	s, err := start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.apply(ctx, examples); err != nil {
		return err
	}
	table, err := s.compare(ctx)
	if err != nil {
		return err
	}
	fmt.Print("\n", table, "\n")
	if got, want := table, strings.TrimSuffix(promise, "\n"); got != want {
		err = fmt.Errorf("not as promised in test/demo/promise.txt (-want +got):\n%s", cmp.Diff(want, got))
	} else {
		fmt.Println("Every line is as promised, and nothing else differs.")
	}
	if keep {
		s.explain()
		<-ctx.Done()
	}
	return err
}
