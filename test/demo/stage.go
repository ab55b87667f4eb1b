package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// The two namespaces. Both are meshed, one opted in.
const (
	plain    = "shop-plain"
	optedIn  = "shop"
	optLabel = "dualstack.dev/mode=apply"
)

// stage is a control plane with the webhook installed, and the program.
type stage struct {
	*envtest.ControlPlane
	server    *envtest.Server
	directory string
}

func start(ctx context.Context) (_ *stage, err error) {
	s := &stage{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.directory, err = os.MkdirTemp("", "dualstack-demo-"); err != nil {
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	fmt.Println("Starting etcd and a dual-stack kube-apiserver on loopback.")
	if s.ControlPlane, err = envtest.Start(envtest.Options{Audit: true}); err != nil {
		return nil, err
	}
	if err := s.serve(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// serve installs the chart, and builds and runs what its container would.
func (s *stage) serve(ctx context.Context) error {
	binary := filepath.Join(s.directory, "dualstack")
	fmt.Println("Building and starting dualstack serve.")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/dualstack").CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	log, err := os.Create(s.log())
	if err != nil {
		return fmt.Errorf("making a log: %w", err)
	}
	defer func() { _ = log.Close() }() // The program has a copy of its own.
	// The rights come first: the program needs them to become ready.
	if err := s.Install(ctx, func() (string, error) { return s.server.Address, nil }); err != nil {
		return err
	}
	s.server, err = s.StartServer(ctx, envtest.ServerOptions{
		Binary: binary,
		Output: log,
		Args:   []string{"--shutdown-delay", "0s", "--istio-dual-stack", "enabled", "--log-level", "debug"},
	})
	if err != nil {
		return fmt.Errorf("%w; see %s", err, s.log())
	}
	return s.AwaitAnswers(ctx)
}

// apply does what a user would, and prints the commands.
func (s *stage) apply(ctx context.Context, examples string) error {
	fmt.Println()
	for _, command := range [][]string{
		{"create", "namespace", plain},
		{"create", "namespace", optedIn},
		{"label", "namespace", plain, optedIn, "istio-injection=enabled"},
		{"label", "namespace", optedIn, optLabel},
		{"apply", "--namespace", plain, "--filename", examples},
		{"apply", "--namespace", optedIn, "--filename", examples},
	} {
		fmt.Println("$ kubectl", strings.Join(command, " "))
		if err := s.kubectl(ctx, command...); err != nil {
			return err
		}
	}
	return nil
}

// kubectl prints what kubectl warns of; its output is of no news here.
func (s *stage) kubectl(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, s.Kubectl(), append([]string{"--kubeconfig", s.Kubeconfig()}, args...)...)
	command.Stderr = os.Stdout
	if err := command.Run(); err != nil {
		return fmt.Errorf("kubectl %s: %w", args[0], err)
	}
	return nil
}

// explain says how to use what was left up.
func (s *stage) explain() {
	fmt.Printf(`
Everything is still up. In another terminal:

  export KUBECONFIG=%s PATH=%s:$PATH
  kubectl get services --namespace %s
  kubectl create service clusterip try --namespace %s --tcp=80 --output yaml
  curl http://%s/metrics

The log of dualstack serve is %s.
Press Ctrl-C here to stop and remove it all.
`, s.Kubeconfig(), filepath.Dir(s.Kubectl()), optedIn, optedIn, s.server.Metrics, s.log())
}

func (s *stage) log() string { return filepath.Join(s.directory, "serve.log") }

// stop stops what was started, and removes its files.
func (s *stage) stop() error {
	var errs []error
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	if s.ControlPlane != nil {
		errs = append(errs, s.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.directory))...)
}
