package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// variable is in the environment of a test binary that is run again, inside.
const variable = "DUALSTACK_TEST_NETWORK"

// Main runs the tests of a package; or, in the binary that Inside runs again, the
// task that comes on standard input. A package with tests that call Inside calls it
// from TestMain.
func Main[Task, Outcome any](m *testing.M, run func(Task) Outcome) {
	if _, inside := os.LookupEnv(variable); !inside {
		os.Exit(m.Run())
	}
	var task Task
	err := json.NewDecoder(os.Stdin).Decode(&task)
	if err == nil {
		err = os.Unsetenv(variable)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(run(task))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Inside has Main run a task in a network namespace of its own, and returns what
// became of it. Both go through JSON.
func Inside[Outcome any](t *testing.T, task any) Outcome {
	t.Helper()
	in, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), variable+"=inside")
	command.SysProcAttr = &syscall.SysProcAttr{
		// A user namespace gives the rights in the others; that of mounts, to name hosts.
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var stderr bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(in), &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("running in a network namespace: %v\n%s", err, &stderr)
	}
	var outcome Outcome
	if err := json.Unmarshal(out, &outcome); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return outcome
}
