package servers

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dualstack-dev/webhook/test/network"
)

// A task is a server to start and to ask.
type task struct {
	Sysctls map[string]string // files below /proc/sys/net/ipv6
	Dir     string
	Argv    []string
	Env     []string
	Port    string
	Ask     string // what is sent, and an answer waited for
}

// An outcome is what became of a task.
type outcome struct {
	Families string // "4", "6", "46", or empty
	Output   string // of the server
	Trouble  string
}

func TestMain(m *testing.M) { network.Main(m, task.run) }

// inNetwork runs the task in a network namespace of its own.
func (k task) inNetwork(t *testing.T) outcome {
	t.Helper()
	o := network.Inside[outcome](t, k)
	if o.Trouble != "" {
		t.Fatalf("%q: %s\n%s", k.Argv, o.Trouble, o.Output)
	}
	return o
}

// run starts the server, waits until it answers over one family or ends, and
// then asks it over both: a server that answers has all its sockets.
func (k task) run() outcome {
	if err := k.prepare(); err != nil {
		return outcome{Trouble: err.Error()}
	}
	var output bytes.Buffer
	command := exec.Command(k.Argv[0], k.Argv[1:]...)
	command.Dir, command.Env, command.Stdout, command.Stderr = k.Dir, k.Env, &output, &output
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := command.Start(); err != nil {
		return outcome{Trouble: err.Error()}
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // That it was killed is no news.
		close(ended)
	}()
	families, trouble := k.families(ended)
	// Its workers too.
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	<-ended
	return outcome{Families: families, Output: output.String(), Trouble: trouble}
}

// prepare makes the namespace one that a Pod may find itself in.
func (k task) prepare() error {
	for name, value := range k.Sysctls {
		if err := os.WriteFile("/proc/sys/net/ipv6/"+name, []byte(value), 0); err != nil {
			return err
		}
	}
	return network.LoopbackUp()
}

// families returns those over which the server answers; none where it has ended.
func (k task) families(ended <-chan struct{}) (families, trouble string) {
	deadline := time.Now().Add(5 * time.Minute)
	for !k.answers("127.0.0.1") && !k.answers("::1") {
		select {
		case <-ended:
			return "", ""
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return "", "the server runs and answers nobody"
		}
	}
	if k.answers("127.0.0.1") {
		families += "4"
	}
	if k.answers("::1") {
		families += "6"
	}
	return families, ""
}

// answers reports whether something comes back from an address.
func (k task) answers(host string) bool {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, k.Port), time.Minute)
	if err != nil {
		return false
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(connection, k.Ask); err != nil {
		return false
	}
	answer := make([]byte, 64)
	n, err := connection.Read(answer)
	return n > 0 && (err == nil || errors.Is(err, io.EOF)) && strings.TrimSpace(string(answer[:n])) != ""
}
