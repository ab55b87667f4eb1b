package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the fake go command does for a download and for a build of 1.40.
const (
	noDownload = `echo "go: downloading example.com/x v1.0.0" >&2; echo "no such host" >&2; exit 2`
	goodBuild  = `while [ "$1" != -o ]; do shift; done; ` +
		`printf '#!/bin/sh\necho Kubernetes v1.40.1\n' >"$2"; chmod +x "$2"`
)

// fakeModules returns a directory with modules that pin two releases. Sorted as
// text they would be in the wrong order.
func fakeModules(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for minor, exact := range map[string]string{"1.9": "v1.9.2", "1.40": "v1.40.1"} {
		write(t, filepath.Join(dir, "v"+minor, "go.mod"), "", 0o644)
		write(t, filepath.Join(dir, "v"+minor, "go.json"), fmt.Sprintf(`{"Require": [
			{"Path": "go.etcd.io/etcd/server/v3", "Version": "v3.9.0"},
			{"Path": "k8s.io/kubernetes", "Version": %q}]}`, exact), 0o644)
	}
	write(t, filepath.Join(dir, "envtest", "go.mod"), "", 0o644)
	return dir
}

// fakeGo returns a go command that runs one piece of shell for a download and
// another for a build. What go mod edit would print is in the file go.json of
// every fake module, because the real command leaves files of its own in the
// home directory. It notes every call in a file, which calls returns.
func fakeGo(t *testing.T, download, build string) (g goCommand, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	path := filepath.Join(dir, "go")
	write(t, path, fmt.Sprintf("#!/bin/sh\necho \"$*\" >>%s\ncase $1 in\nmod) cat go.json ;;\ntool) %s ;;\nbuild) %s ;;\nesac\n",
		log, download, build), 0o755)
	return goCommand(path), func() string {
		b, err := os.ReadFile(log)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(b)
	}
}

// fakeAssets makes dir a directory with the binaries of version.
func fakeAssets(t *testing.T, dir, version string) string {
	t.Helper()
	for _, b := range binaries {
		write(t, filepath.Join(dir, b.name), "#!/bin/sh\necho Kubernetes "+version+"\n", 0o755)
	}
	return dir
}

// fakeCache makes the user's cache directory a temporary one and returns where
// the build of 1.40 belongs in it.
func fakeCache(t *testing.T) cache {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	c, err := newCache(release{requires: map[string]string{"k8s.io/kubernetes": "v1.40.1"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fakeFinder returns a finder with the fake modules and g.
func fakeFinder(t *testing.T, g goCommand) finder {
	t.Helper()
	return finder{goCommand: g, modules: fakeModules(t), progress: io.Discard}
}

// find calls f.find with the releases that f knows.
func find(t *testing.T, f finder, version string) (string, error) {
	t.Helper()
	known, err := f.knownVersions()
	if err != nil {
		t.Fatal(err)
	}
	return f.find(t.Context(), version, known)
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// wantError reports an error that is missing or does not contain all of want.
func wantError(t *testing.T, call string, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one with %q", call, want)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %q, want one with %q", call, err, w)
		}
	}
}
