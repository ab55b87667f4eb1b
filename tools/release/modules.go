package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// standardLibrary is the module path that the Go project uses for it, in its
// vulnerability database as in package URLs.
const standardLibrary = "stdlib"

// module is a module that is linked into a program.
type module struct {
	path, version string
	sum           string   // as in go.sum; "" for our own and the standard library
	dir           string   // where its source is
	packages      []string // directories of the packages that are linked in
	files         []licenceFile
}

// listed is the part of what go list -json prints that is read here.
type listed struct {
	Dir      string
	Standard bool
	Module   *struct{ Path, Version, Dir string }
}

// findModules returns the modules in the program, our own first. The go command
// says which packages of a module are linked; the build information of the
// program itself says which modules must be among them.
func findModules(ctx context.Context, source string, p program) ([]module, error) {
	root, err := goOutput(ctx, source, p, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	list, err := goOutput(ctx, source, p, "list", "-deps", "-json=Dir,Standard,Module", p.command)
	if err != nil {
		return nil, err
	}
	goroot := strings.TrimSpace(string(root))
	found := map[string]*module{standardLibrary: {
		path: standardLibrary, version: strings.TrimPrefix(p.goVersion, "go"), dir: goroot, packages: []string{goroot},
	}}
	for decoder := json.NewDecoder(strings.NewReader(string(list))); ; {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if l.Standard || l.Module == nil {
			continue
		}
		m := found[l.Module.Path]
		if m == nil {
			m = &module{path: l.Module.Path, version: l.Module.Version, dir: l.Module.Dir}
			found[m.path] = m
		}
		m.packages = append(m.packages, l.Dir)
	}
	return confirm(found, p)
}

// confirm returns the modules in order, if they are those of the program.
func confirm(found map[string]*module, p program) ([]module, error) {
	own := found[p.module]
	if own == nil {
		return nil, fmt.Errorf("the source is not that of %s", p.module)
	}
	own.version = p.version
	for _, dep := range p.deps {
		m := found[dep.Path]
		if m == nil || dep.Replace != nil || m.version != dep.Version {
			return nil, fmt.Errorf("the source does not have %s %s, which is in the program", dep.Path, dep.Version)
		}
		m.sum = dep.Sum
	}
	if got, want := len(found), len(p.deps)+2; got != want {
		return nil, fmt.Errorf("the source needs %d modules, the program has %d", got, want)
	}
	modules := make([]module, 0, len(found))
	for _, m := range slices.SortedFunc(maps.Values(found), func(a, b *module) int { return cmp.Compare(a.path, b.path) }) {
		if m == own {
			modules = slices.Insert(modules, 0, *m)
			continue
		}
		modules = append(modules, *m)
	}
	return modules, nil
}

// goOutput runs the go command for the program's platform.
func goOutput(ctx context.Context, dir string, p program, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // The arguments are ours.
	command.Dir = filepath.Clean(dir)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+p.goos, "GOARCH="+p.goarch)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}
