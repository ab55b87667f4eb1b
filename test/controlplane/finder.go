package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// A finder finds the directory of a control plane, or makes it.
type finder struct {
	// goCommand runs the downloads and builds.
	goCommand goCommand
	// modules is the directory with the modules v1.xx and envtest.
	modules string
	// environment is the value of KUBEBUILDER_ASSETS, empty if unset.
	environment string
	// progress receives a line for everything that takes long.
	progress io.Writer
}

// find returns the absolute directory with the binaries of version, one of
// known, which is sorted. If version is empty the environment decides, and
// after it the newest one.
func (f finder) find(ctx context.Context, version string, known []string) (string, error) {
	if version != "" && !slices.Contains(known, version) {
		return "", usageError{fmt.Errorf("unknown -version %s: use one of %s, or leave it out for %s",
			version, strings.Join(known, ", "), known[len(known)-1])}
	}
	if f.environment != "" {
		return fromEnvironment(ctx, f.environment, version)
	}
	if version == "" {
		version = known[len(known)-1]
	}
	r, err := f.release(ctx, version)
	if err != nil {
		return "", err
	}
	c, err := newCache(r)
	if err != nil {
		return "", err
	}
	if complete(c.directory) == nil {
		return c.directory, nil
	}
	return f.obtain(ctx, r, c)
}

// fromEnvironment returns dir, the value of KUBEBUILDER_ASSETS, if it is usable.
// It is never corrected: who sets it means it.
func fromEnvironment(ctx context.Context, dir, version string) (string, error) {
	const cure = "point it at a directory with etcd, kube-apiserver and kubectl, or unset it to have them found or built"
	if !filepath.IsAbs(dir) {
		// A relative path would mean another directory in every test package.
		return "", fmt.Errorf("KUBEBUILDER_ASSETS is the relative path %s: make it absolute", dir)
	}
	if err := complete(dir); err != nil {
		return "", fmt.Errorf("checking KUBEBUILDER_ASSETS: %w: %s", err, cure)
	}
	if version == "" {
		return dir, nil
	}
	if err := checkVersion(ctx, dir, version); err != nil {
		return "", fmt.Errorf("checking KUBEBUILDER_ASSETS: %w: unset it, or leave out -version %s", err, version)
	}
	return dir, nil
}

// obtain downloads or builds r, while other runs that want it too wait.
func (f finder) obtain(ctx context.Context, r release, c cache) (string, error) {
	unlock, err := c.lock(ctx, func() { f.say("waiting for another run that makes Kubernetes %s", r.kubernetes()) })
	if err != nil {
		return "", err
	}
	defer unlock()

	// The run that held the lock before this one may have made it.
	if complete(c.directory) == nil {
		return c.directory, nil
	}
	dir, err := f.download(ctx, r)
	if err == nil {
		return dir, nil
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("downloading Kubernetes %s: %w", r.minor, err)
	}
	f.say("cannot download Kubernetes %s, building it: %s", r.minor, lastLine(err.Error()))
	return c.directory, f.build(ctx, r, c)
}

// say writes a line of progress.
func (f finder) say(format string, args ...any) {
	fmt.Fprintf(f.progress, "controlplane: "+format+"\n", args...)
}
