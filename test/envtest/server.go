package envtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// Server is a running dualstack serve.
type Server struct {
	// Address is where it serves the webhook, Probe /healthz and /readyz, and
	// Metrics /metrics.
	Address, Probe, Metrics string

	command *exec.Cmd
	exited  chan error
	mounts  []mount
}

// ServerOptions say how to run dualstack serve.
type ServerOptions struct {
	Binary string
	// Kubeconfig is of another identity than the release's service account.
	Kubeconfig string
	// Args come after those of the release's container, and so before them.
	Args   []string
	Output io.Writer
}

// StartServer runs the program as the release's container would run, but on
// loopback, and returns once it is ready. Who starts it stops it.
func (c *ControlPlane) StartServer(ctx context.Context, o ServerOptions) (*Server, error) {
	s, err := c.NewServer(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.Run(); err != nil {
		return nil, err
	}
	if err := s.AwaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.command.Process.Kill())
	}
	return s, nil
}

// NewServer returns the program as StartServer runs it. It reads the release, so
// the API server must be there, and need not be when the program runs.
func (c *ControlPlane) NewServer(ctx context.Context, o ServerOptions) (*Server, error) {
	container, err := c.container(ctx)
	if err != nil {
		return nil, err
	}
	if o.Kubeconfig == "" {
		o.Kubeconfig = container.kubeconfig
	}
	addresses, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	s := &Server{Address: addresses[0], Probe: addresses[1], Metrics: addresses[2], exited: make(chan error, 1), mounts: container.mounts}
	here := []string{
		"--kubeconfig", o.Kubeconfig,
		"--listen", s.Address, "--probe-listen", s.Probe, "--metrics-listen", s.Metrics,
	}
	s.command = exec.Command(o.Binary, slices.Concat(container.args, here, o.Args)...)
	s.command.Env = container.env
	s.command.Stdout, s.command.Stderr = o.Output, o.Output
	return s, nil
}

// Run starts the program and returns at once.
func (s *Server) Run() error {
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("starting dualstack serve: %w", err)
	}
	go func() { s.exited <- s.command.Wait() }()
	return nil
}

// AwaitReady returns once the program is ready. An error may be that it has ended.
func (s *Server) AwaitReady(ctx context.Context) error {
	if err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, 60*time.Second, true, s.poll); err != nil {
		return fmt.Errorf("waiting for dualstack serve to be ready: %w", err)
	}
	return nil
}

// poll reports whether the program is ready; an error means that it has ended.
func (s *Server) poll(context.Context) (bool, error) {
	select {
	case err := <-s.exited:
		s.exited <- err
		return false, fmt.Errorf("it has ended: %w", err)
	default:
		return s.Ready(), nil
	}
}

// Ready reports what /readyz says, as a kubelet would ask: as patiently as the
// chart's readiness probe.
func (s *Server) Ready() bool {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + s.Probe + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Terminate sends SIGTERM, as a kubelet would.
func (s *Server) Terminate() error {
	return s.command.Process.Signal(syscall.SIGTERM)
}

// Kill ends the program at once, as if its node were lost, and waits for its end.
func (s *Server) Kill() error {
	if err := s.command.Process.Kill(); err != nil {
		return fmt.Errorf("killing dualstack serve: %w", err)
	}
	_ = s.Wait() // It says that the program was killed.
	return nil
}

// Wait returns once the program has ended: nil if it did so by itself, with
// exit status 0.
func (s *Server) Wait() error {
	err := <-s.exited
	s.exited <- err
	return err
}

// Stop terminates the program and waits for it.
func (s *Server) Stop() error {
	select {
	case err := <-s.exited:
		s.exited <- err
		return nil
	default:
	}
	if err := s.Terminate(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping dualstack serve: %w", err)
	}
	return s.Wait()
}

// freeAddresses returns loopback addresses that nobody listens on now.
func freeAddresses(n int) ([]string, error) {
	addresses := make([]string, 0, n)
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		// Closed at the end, so that no two are the same.
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
