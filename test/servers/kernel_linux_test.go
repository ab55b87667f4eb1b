package servers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// variableTask holds a task in the environment of a test binary that is run
// again, in a network namespace of its own.
const variableTask = "DUALSTACK_TEST_TASK"

// port is what every server listens on; each has a network to itself.
const port = "8080"

// A task is a server to start and to ask.
type task struct {
	Sysctls map[string]string // files below /proc/sys/net/ipv6
	Dir     string
	Argv    []string
	Env     []string
	Ask     string // what is sent, and an answer waited for
}

// An outcome is what became of a task.
type outcome struct {
	Families string // "4", "6", "46", or empty
	Output   string // of the server
	Trouble  string
}

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(variableTask); ok {
		var t task
		err := json.Unmarshal([]byte(text), &t)
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(t.run())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// inNetwork runs the task in a network namespace of its own.
func (k task) inNetwork(t *testing.T) outcome {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), variableTask+"="+string(text))
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("running in a network namespace: %v\n%s", err, &stderr)
	}
	var o outcome
	if err := json.Unmarshal(out, &o); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
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
	return loopbackUp()
}

// loopbackUp does what "ip link set lo up" does:
// https://man7.org/linux/man-pages/man7/netdevice.7.html
func loopbackUp() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(socket) }()
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("setting lo up: %w", errno)
	}
	return nil
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
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), time.Minute)
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
