package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of CPU time in /proc/PID/stat: proc(5), USER_HZ.
const tick = 10 * time.Millisecond

// target is a program that runs.
type target struct {
	program
	address string
	ready   time.Duration // from its start
	command *exec.Cmd
}

// startTarget starts p on the first processor, and returns once it answers.
func startTarget(ctx context.Context, p program, kubeconfig, prefix string) (*target, error) {
	addresses, err := freeAddresses(2)
	if err != nil {
		return nil, err
	}
	t := &target{program: p, address: addresses[0]}
	args := []string{"noop", t.address}
	if p.name != "no-op" {
		args = []string{
			"serve", "--kubeconfig", kubeconfig, "--listen", t.address, "--probe-listen", addresses[1], "--metrics-listen", "",
			"--tls-throw-away", prefix + ".pem", "--shutdown-delay", "0s", "--istio-dual-stack", "enabled", "--istio-reinvocation-policy", "Never",
		}
	}
	log, err := os.Create(prefix + ".log")
	if err != nil {
		return nil, fmt.Errorf("making a log: %w", err)
	}
	defer func() { _ = log.Close() }() // The program has a copy of its own.
	t.command = exec.CommandContext(ctx, "taskset", append([]string{"--cpu-list", "0", p.binary}, args...)...)
	t.command.Stdout, t.command.Stderr = log, log
	begin := time.Now()
	if err := t.command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.name, err)
	}
	for !t.isReady(p.name, addresses[1]) {
		if time.Since(begin) > 30*time.Second {
			return nil, errors.Join(fmt.Errorf("%s is not ready after 30 s: see %s.log", p.name, prefix), t.stop())
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.ready = time.Since(begin)
	return t, nil
}

func (t *target) isReady(name, probe string) bool {
	if name == "no-op" {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", t.address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
	response, err := http.Get("http://" + probe + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop stops the program and waits for its end.
func (t *target) stop() error {
	if err := t.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping %s: %w", t.name, err)
	}
	_ = t.command.Wait() // Its status says that it was stopped.
	return nil
}

// cpu returns the CPU time that the program has used.
func (t *target) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.command.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("reading CPU time: %w", err)
	}
	// The second field, a name in parentheses, may hold spaces.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(errUser, errSystem)
}

// memory returns a line of /proc/PID/status in MiB: VmRSS, or VmHWM, its peak.
func (t *target) memory(line string) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.command.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("reading memory: %w", err)
	}
	_, after, _ := strings.Cut(string(data), line+":")
	kb, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, err := strconv.Atoi(kb)
	return float64(n) / 1024, err
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
