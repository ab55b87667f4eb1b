package main

import (
	"errors"
	"flag"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the program prints into the scripts")

// TestMain lets the scripts run the program: the test binary becomes it when it
// is called by one of its names.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dualstack": main, "kubectl-dualstack": main})
}

// TestScript runs the program as people do. Its environment is the script's
// alone, so there is no cluster to find.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
	})
}

// exits is a command of the scripts, exits STATUS PROGRAM [ARGUMENT...]. The
// built-in exec takes every status but 0 for the same.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARGUMENT...]")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("running %v: %v", args[1:], err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("status of %v = %d, want %s", args[1:], got, args[0])
	}
}
