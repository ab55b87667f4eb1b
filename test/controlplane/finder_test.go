package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEnvironmentWins(t *testing.T) {
	c := fakeCache(t)
	fakeAssets(t, c.directory, "v1.40.1")
	g, calls := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)
	for _, tc := range []struct{ holds, version string }{
		{"v1.9.2", ""},
		{"v1.9.2", "1.9"},
		{"v1.9.7", "1.9"},
		{"v1.40.1", "1.40"},
	} {
		f.environment = fakeAssets(t, t.TempDir(), tc.holds)
		got, err := find(t, f, tc.version)
		if err != nil || got != f.environment {
			t.Errorf("find(%q) = %q, %v; want KUBEBUILDER_ASSETS with %s, %q", tc.version, got, err, tc.holds, f.environment)
		}
	}
	if got := calls(); got != "" {
		t.Errorf("the go command was called: %s", got)
	}
}

func TestEnvironmentLacksABinary(t *testing.T) {
	fakeCache(t)
	g, calls := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)
	for _, b := range binaries {
		f.environment = fakeAssets(t, t.TempDir(), "v1.40.1")
		if err := os.Remove(filepath.Join(f.environment, b.name)); err != nil {
			t.Fatal(err)
		}
		_, err := find(t, f, "")
		wantError(t, "without "+b.name, err, "KUBEBUILDER_ASSETS", f.environment+" has no "+b.name, "unset it")
	}
	if got := calls(); got != "" {
		t.Errorf("the go command was called: %s", got)
	}
}

func TestEnvironmentIsUnusable(t *testing.T) {
	fakeCache(t)
	g, _ := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)

	f.environment = fakeAssets(t, t.TempDir(), "v1.40.1")
	_, err := find(t, f, "1.9")
	wantError(t, "another release", err, "KUBEBUILDER_ASSETS", "v1.40.1", "-version 1.9", "unset it")

	if err := os.Chmod(filepath.Join(f.environment, "kubectl"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = find(t, f, "")
	wantError(t, "kubectl without its mode", err, "KUBEBUILDER_ASSETS", "kubectl", "not an executable file")

	f.environment = "bin/k8s"
	_, err = find(t, f, "")
	wantError(t, "a relative path", err, "KUBEBUILDER_ASSETS", "bin/k8s", "make it absolute")
}

func TestUnknownVersion(t *testing.T) {
	fakeCache(t)
	g, calls := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)
	for _, version := range []string{"1.20", "1.40.1", "v1.40", "../x"} {
		_, err := find(t, f, version)
		wantError(t, "find("+version+")", err, "-version "+version, "1.9, 1.40", "leave it out for 1.40")
		if !errors.As(err, new(usageError)) {
			t.Errorf("find(%q): error %v is no usage error", version, err)
		}
	}
	if got := calls(); got != "" {
		t.Errorf("the go command was called: %s", got)
	}
}

func TestCacheBeforeDownload(t *testing.T) {
	c := fakeCache(t)
	fakeAssets(t, c.directory, "v1.40.1")
	g, calls := fakeGo(t, "echo "+fakeAssets(t, t.TempDir(), "v1.40.0"), goodBuild)
	for _, version := range []string{"", "1.40"} {
		got, err := find(t, fakeFinder(t, g), version)
		if err != nil || got != c.directory {
			t.Errorf("find(%q) = %q, %v; want the cache %q", version, got, err, c.directory)
		}
	}
	// A cache that can only be read is enough.
	if _, err := os.Stat(c.lockFile); !os.IsNotExist(err) {
		t.Errorf("looking for the lock: %v, want none", err)
	}
	if got, want := calls(), strings.Repeat("mod edit -json\n", 2); got != want {
		t.Errorf("calls of the go command:\n%swant:\n%s", got, want)
	}
}

func TestDownloadBeforeBuild(t *testing.T) {
	fakeCache(t)
	want := fakeAssets(t, t.TempDir(), "v1.40.0")
	g, calls := fakeGo(t, "echo "+want, goodBuild)
	got, err := find(t, fakeFinder(t, g), "")
	if err != nil || got != want {
		t.Errorf("find = %q, %v; want the download %q", got, err, want)
	}
	if got, want := calls(), "mod edit -json\ntool setup-envtest use 1.40.x -p path\n"; got != want {
		t.Errorf("calls of the go command:\n%swant:\n%s", got, want)
	}
}

func TestBadDownloadIsBuilt(t *testing.T) {
	broken := fakeAssets(t, t.TempDir(), "v1.40.0")
	if err := os.Remove(filepath.Join(broken, "kubectl")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, download, reason string }{
		{"no network", noDownload, "building it: no such host"},
		{"half a download", "echo " + broken, "building it: " + broken + " has no kubectl"},
		{"another release", "echo " + fakeAssets(t, t.TempDir(), "v1.9.2"), "holds kube-apiserver v1.9.2, not v1.40"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fakeCache(t)
			g, _ := fakeGo(t, tc.download, goodBuild)
			f := fakeFinder(t, g)
			progress := new(strings.Builder)
			f.progress = progress
			got, err := find(t, f, "1.40")
			if err != nil || got != c.directory {
				t.Errorf("find = %q, %v; want a build in %q", got, err, c.directory)
			}
			if !strings.Contains(progress.String(), tc.reason) {
				t.Errorf("progress:\n%swant %q in it", progress, tc.reason)
			}
		})
	}
}
