package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	c := fakeCache(t)
	fakeAssets(t, c.directory, "v1.40.1")
	g, _ := fakeGo(t, noDownload, `echo "disk full" >&2; exit 1`)
	t.Setenv("PATH", filepath.Dir(string(g))+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("KUBEBUILDER_ASSETS", "")
	t.Chdir(fakeModules(t))

	for _, tc := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"", success, c.directory + "\n", ""},
		{"-version 1.40", success, c.directory + "\n", ""},
		{"-version 1.9", failure, "", "building etcd v3.9.0: exit status 1\ndisk full"},
		{"-version 1.20", misuse, "", "unknown -version 1.20: use one of 1.9, 1.40"},
		{"-version", misuse, "", "-version"},
		{"-release 1.9", misuse, "", "the only flag is -version"},
		{"1.9", misuse, "", `unexpected argument "1.9": a release is chosen with -version`},
		{"-h", success, "", "KUBEBUILDER_ASSETS=$(go run -C test/controlplane . -version 1.9)"},
	} {
		var stdout, stderr strings.Builder
		code := run(t.Context(), strings.Fields(tc.args), &stdout, &stderr)
		if code != tc.code || stdout.String() != tc.stdout || !strings.Contains(stderr.String(), tc.stderr) {
			t.Errorf("run(%q) = %d, stdout %q, stderr:\n%s\nwant %d, stdout %q, stderr with %q",
				tc.args, code, &stdout, &stderr, tc.code, tc.stdout, tc.stderr)
		}
	}
}

func TestRunElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	var stdout, stderr strings.Builder
	code := run(t.Context(), nil, &stdout, &stderr)
	if want := "go run -C test/controlplane ."; code != failure || !strings.Contains(stderr.String(), want) {
		t.Errorf("run in another directory = %d, stderr %q; want %d with %q", code, &stderr, failure, want)
	}
}
