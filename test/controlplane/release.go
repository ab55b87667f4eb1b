package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A release is one of the pinned Kubernetes releases.
type release struct {
	// minor is the release as -version names it: "1.37".
	minor string
	// module is the directory of the module that pins it.
	module string
	// requires has the versions that the module requires, by module path.
	requires map[string]string
}

// kubernetes returns the exact version of Kubernetes, as "v1.37.2".
func (r release) kubernetes() string {
	return r.requires["k8s.io/kubernetes"]
}

// knownVersions returns the releases that have a module, oldest first. There is
// at least one.
func (f finder) knownVersions() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(f.modules, "v1.*", "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("listing the releases in %s: %w", f.modules, err)
	}
	var known []string
	for _, file := range files {
		known = append(known, strings.TrimPrefix(filepath.Base(filepath.Dir(file)), "v"))
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("no directory v1.xx here: go run -C test/controlplane . runs it where they are")
	}
	slices.SortFunc(known, func(a, b string) int { return minorNumber(a) - minorNumber(b) })
	return known, nil
}

// minorNumber returns 37 for "1.37", and 0 for what is not a release.
func minorNumber(version string) int {
	_, minor, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(minor)
	if err != nil {
		return 0
	}
	return n
}

// release reads the module that pins version. The go command parses go.mod; it
// is not asked to resolve anything, so that this works without a network.
func (f finder) release(ctx context.Context, version string) (release, error) {
	r := release{minor: version, module: filepath.Join(f.modules, "v"+version), requires: map[string]string{}}
	out, err := f.goCommand.output(ctx, r.module, "mod", "edit", "-json")
	if err != nil {
		return release{}, fmt.Errorf("reading %s/go.mod: %w", r.module, err)
	}
	var file struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		return release{}, fmt.Errorf("reading %s/go.mod: %w", r.module, err)
	}
	for _, m := range file.Require {
		r.requires[m.Path] = m.Version
	}
	for _, b := range binaries {
		if r.requires[b.module] == "" {
			return release{}, fmt.Errorf("%s/go.mod does not require %s, of which %s is built", r.module, b.module, b.name)
		}
	}
	return r, nil
}
