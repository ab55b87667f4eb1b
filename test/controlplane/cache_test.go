package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// A run that has to wait for another one takes what that made.
func TestWaitForAnotherRun(t *testing.T) {
	c := fakeCache(t)
	g, calls := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)
	progress, w := io.Pipe()
	f.progress = w
	unlock, err := c.lock(t.Context(), func() { t.Error("the lock is not free") })
	if err != nil {
		t.Fatal(err)
	}

	type result struct {
		dir string
		err error
	}
	results := make(chan result)
	go func() {
		dir, err := f.find(t.Context(), "1.40", []string{"1.40"})
		_ = w.Close()
		results <- result{dir, err}
	}()
	lines := bufio.NewScanner(progress)
	if !lines.Scan() || !strings.Contains(lines.Text(), "waiting for another run that makes Kubernetes v1.40.1") {
		t.Errorf("first line of progress %q, want that it waits", lines.Text())
	}
	fakeAssets(t, c.directory, "v1.40.1")
	unlock()
	for lines.Scan() {
		t.Errorf("another line of progress %q, want none", lines.Text())
	}
	if got := <-results; got.err != nil || got.dir != c.directory {
		t.Errorf("find = %q, %v; want %q", got.dir, got.err, c.directory)
	}
	if got, want := calls(), "mod edit -json\n"; got != want {
		t.Errorf("calls of the go command:\n%swant:\n%s", got, want)
	}
}

func TestWaitIsInterrupted(t *testing.T) {
	c := fakeCache(t)
	unlock, err := c.lock(t.Context(), func() { t.Error("the lock is not free") })
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	ctx, interrupt := context.WithCancelCause(t.Context())
	reason := errors.New("interrupt signal received")
	_, err = c.lock(ctx, func() { interrupt(reason) })
	if !errors.Is(err, reason) {
		t.Errorf("lock = %v, want %v", err, reason)
	}
}

// Two runs at once build once.
func TestConcurrentRuns(t *testing.T) {
	c := fakeCache(t)
	g, calls := fakeGo(t, noDownload, goodBuild)
	f := fakeFinder(t, g)
	const runs = 4
	errs := make(chan error)
	for range runs {
		go func() {
			_, err := f.find(t.Context(), "1.40", []string{"1.40"})
			errs <- err
		}()
	}
	for range runs {
		if err := <-errs; err != nil {
			t.Errorf("find: %v", err)
		}
	}
	if err := complete(c.directory); err != nil {
		t.Error(err)
	}
	if got, want := strings.Count(calls(), "build "), len(binaries); got != want {
		t.Errorf("%d builds, want %d:\n%s", got, want, calls())
	}
}
