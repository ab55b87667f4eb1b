package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A cache is the place for the build of one exact release.
type cache struct {
	// directory holds the finished build. It appears as a whole, so that it is
	// complete when its binaries are there.
	directory string
	// partial is where the build happens, beside directory so that it can be
	// renamed.
	partial string
	// lockFile keeps runs apart. It is never removed: a run that waits for a
	// removed file would not see who locks the next one.
	lockFile string
}

// newCache returns the cache of r. It touches no file.
func newCache(r release) (cache, error) {
	root, err := os.UserCacheDir()
	if err != nil {
		return cache{}, fmt.Errorf("finding the user's cache directory: %w", err)
	}
	dir := filepath.Join(root, "dualstack-webhook", "controlplane", r.kubernetes())
	return cache{directory: dir, partial: dir + ".partial", lockFile: dir + ".lock"}, nil
}

// lock waits until no other run holds the lock, and calls waiting if it has to.
// The kernel releases the lock of a run that dies.
func (c cache) lock(ctx context.Context, waiting func()) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(c.lockFile), 0o755); err != nil {
		return nil, fmt.Errorf("making the cache directory: %w", err)
	}
	file, err := os.OpenFile(c.lockFile, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the cache: %w", err)
	}
	if err := waitForLock(ctx, file, waiting); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("locking %s: %w", c.lockFile, err)
	}
	return func() { _ = file.Close() }, nil
}

// waitForLock asks again and again, because a flock that blocks cannot be
// interrupted.
func waitForLock(ctx context.Context, file *os.File, waiting func()) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for told := false; ; told = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if !told {
			waiting()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// fill has build fill an empty directory, and makes that the cache's. The caller
// holds the lock, so what is there is the rest of a run that was killed.
func (c cache) fill(build func(dir string) error) error {
	if err := os.RemoveAll(c.partial); err != nil {
		return fmt.Errorf("removing an unfinished build: %w", err)
	}
	if err := os.Mkdir(c.partial, 0o755); err != nil {
		return fmt.Errorf("making a directory for the build: %w", err)
	}
	defer func() { _ = os.RemoveAll(c.partial) }() // The next run removes what is left.

	if err := build(c.partial); err != nil {
		return err
	}
	if err := os.RemoveAll(c.directory); err != nil {
		return fmt.Errorf("removing an incomplete build: %w", err)
	}
	if err := os.Rename(c.partial, c.directory); err != nil {
		return fmt.Errorf("moving the build into place: %w", err)
	}
	return nil
}
