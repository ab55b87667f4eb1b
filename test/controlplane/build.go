package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// build builds r from the Go module proxy and puts it into c, which it leaves
// as it was on an error. The caller holds the lock of c.
func (f finder) build(ctx context.Context, r release, c cache) error {
	return c.fill(func(dir string) error {
		for _, b := range binaries {
			version := r.requires[b.module]
			f.say("building %s %s from the Go module proxy (about %s on two cores, once)", b.name, version, b.duration)
			start := time.Now()
			_, err := f.goCommand.output(ctx, r.module, "build", "-mod=readonly", "-ldflags", linkFlags(r),
				"-o", filepath.Join(dir, b.name), b.pkg)
			if err != nil {
				return fmt.Errorf("building %s %s: %w", b.name, version, err)
			}
			f.say("built %s in %v", b.name, time.Since(start).Round(time.Second))
		}
		return checkBuild(ctx, dir, r)
	})
}

// linkFlags returns the linker flags that tell Kubernetes its version, as its
// own build does. Without them kube-apiserver calls itself v0.0.0. They mean
// nothing to etcd, which has its version in its source.
func linkFlags(r release) string {
	const pkg = "k8s.io/component-base/version"
	major, minor, _ := strings.Cut(r.minor, ".")
	return fmt.Sprintf("-s -w -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
		pkg, r.kubernetes(), major, minor)
}

// checkBuild makes sure that a build is what the cache will take it for.
func checkBuild(ctx context.Context, dir string, r release) error {
	if err := complete(dir); err != nil {
		return fmt.Errorf("checking the build: %w", err)
	}
	if err := checkVersion(ctx, dir, r.kubernetes()); err != nil {
		return fmt.Errorf("checking the build: %w", err)
	}
	return nil
}
