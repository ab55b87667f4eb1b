package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestBuild(t *testing.T) {
	c := fakeCache(t)
	g, calls := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)
	progress := new(strings.Builder)
	f.progress = progress
	// What is left of a directory that somebody cleaned must not be in the way.
	write(t, filepath.Join(c.directory, "etcd"), "", 0o755)
	write(t, filepath.Join(c.partial, "etcd"), "", 0o755)

	for range 2 { // The second time it is in the cache.
		got, err := find(t, f, "1.40")
		if err != nil || got != c.directory {
			t.Fatalf("find = %q, %v; want %q", got, err, c.directory)
		}
	}
	if err := checkBuild(t.Context(), c.directory, release{requires: map[string]string{"k8s.io/kubernetes": "v1.40.1"}}); err != nil {
		t.Error(err)
	}
	if got, want := strings.Count(calls(), "build "), len(binaries); got != want {
		t.Errorf("%d builds, want %d:\n%s", got, want, calls())
	}
	const version = "k8s.io/component-base/version"
	for _, want := range []string{
		"-X " + version + ".gitVersion=v1.40.1 -X " + version + ".gitMajor=1 -X " + version + ".gitMinor=40",
		"-o " + filepath.Join(c.partial, "kube-apiserver") + " k8s.io/kubernetes/cmd/kube-apiserver\n",
		"-o " + filepath.Join(c.partial, "etcd") + " go.etcd.io/etcd/server/v3\n",
	} {
		if !strings.Contains(calls(), want) {
			t.Errorf("calls of the go command:\n%swant %q in them", calls(), want)
		}
	}
	for _, want := range []string{"building kube-apiserver v1.40.1 ", "built kube-apiserver in ", "building etcd v3.9.0 "} {
		if !strings.Contains(progress.String(), want) {
			t.Errorf("progress:\n%swant %q in it", progress, want)
		}
	}
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	const broken = `case $* in *cmd/kubectl) echo "x.go:1: undefined: y" >&2; exit 1;; esac; ` + goodBuild
	for _, tc := range []struct {
		name, build string
		want        []string
	}{
		{"compiler error", broken, []string{"building kubectl v1.40.1", "x.go:1: undefined: y"}},
		{"no output", "true", []string{"checking the build", "has no etcd"}},
		{"wrong version", strings.ReplaceAll(goodBuild, "v1.40.1", "v0.0.0"), []string{"v0.0.0", "not v1.40.1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fakeCache(t)
			g, _ := fakeGo(t, noDownload, tc.build)
			_, err := find(t, fakeFinder(t, g), "1.40")
			wantError(t, "find", err, tc.want...)
			wantOnlyTheLock(t, c)
		})
	}
}

// The fake build starts another process, as the go command starts compilers.
// Both hold a pipe, which ends when both have. The second one waits for a line
// that nobody writes.
const slowBuild = `sh -c 'exec 3>pipe; echo started >&3; read line <never'; true`

func TestInterruptedBuildLeavesNothing(t *testing.T) {
	for _, tc := range []struct {
		name, trap string
		cleans     bool
	}{
		{"heeds the interrupt", "trap 'touch cleaned; exit 1' INT", true},
		{"ignores the interrupt", "trap '' INT", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g, _ := fakeGo(t, noDownload, goodBuild+"; "+tc.trap+"; "+slowBuild)
			c := fakeCache(t)
			f := fakeFinder(t, g)
			for _, pipe := range []string{"pipe", "never"} {
				if err := syscall.Mkfifo(filepath.Join(f.modules, "v1.40", pipe), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			defer unblock(filepath.Join(f.modules, "v1.40", "never"))
			interruptBuild(t, f)
			_, err := os.Stat(filepath.Join(f.modules, "v1.40", "cleaned"))
			if cleaned := err == nil; cleaned != tc.cleans {
				t.Errorf("the build could clean up: %v, want %v", cleaned, tc.cleans)
			}
			wantOnlyTheLock(t, c)
		})
	}
}

// interruptBuild has f find 1.40, interrupts it when the build has started and
// waits until the processes of the build have ended.
func interruptBuild(t *testing.T, f finder) {
	t.Helper()
	ctx, interrupt := context.WithCancelCause(t.Context())
	reason := errors.New("interrupt signal received")
	result := make(chan error)
	go func() {
		_, err := f.find(ctx, "1.40", []string{"1.40"})
		result <- err
	}()
	pipe, err := os.Open(filepath.Join(f.modules, "v1.40", "pipe"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pipe.Close() }()
	lines := bufio.NewScanner(pipe)
	if !lines.Scan() {
		t.Fatalf("the build did not start: %v", <-result)
	}
	interrupt(reason)
	if err := <-result; !errors.Is(err, reason) {
		t.Errorf("find = %v, want %v", err, reason)
	}
	ended := make(chan struct{})
	go func() {
		for lines.Scan() {
		}
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("a process of the build is still there")
	}
}

// unblock ends a process that waits for the pipe, which there is if the test
// fails.
func unblock(pipe string) {
	if w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		_ = w.Close()
	}
}

// wantOnlyTheLock reports what a build that failed left in the cache.
func wantOnlyTheLock(t *testing.T, c cache) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(c.directory))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if want := []string{filepath.Base(c.lockFile)}; !slices.Equal(got, want) {
		t.Errorf("the cache holds %q, want %q", got, want)
	}
}
