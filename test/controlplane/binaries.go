package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binaries are what a control plane consists of and how they are built: those
// that build fast first, so that what cannot work fails early.
var binaries = []struct {
	name     string
	pkg      string
	module   string
	duration string
}{
	{"etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", "1 minute"},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", "k8s.io/kubernetes", "3 minutes"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "k8s.io/kubernetes", "7 minutes"},
}

// complete returns an error that names the first binary that dir lacks.
func complete(dir string) error {
	for _, b := range binaries {
		// Stat also looks through symbolic links, which such directories often hold.
		info, err := os.Stat(filepath.Join(dir, b.name))
		switch {
		case os.IsNotExist(err):
			return fmt.Errorf("%s has no %s", dir, b.name)
		case err != nil:
			return fmt.Errorf("looking for %s: %w", b.name, err)
		case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
			return fmt.Errorf("%s in %s is not an executable file", b.name, dir)
		}
	}
	return nil
}

// checkVersion returns an error unless the kube-apiserver in dir runs and is of
// version, which is a minor release or an exact one.
func checkVersion(ctx context.Context, dir, version string) error {
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "kube-apiserver"), "--version").Output()
	if err != nil {
		return fmt.Errorf("running kube-apiserver --version in %s: %w", dir, err)
	}
	found := strings.TrimPrefix(strings.TrimSpace(string(out)), "Kubernetes ")
	version = "v" + strings.TrimPrefix(version, "v")
	if found != version && !strings.HasPrefix(found, version+".") {
		return fmt.Errorf("%s holds kube-apiserver %s, not %s", dir, found, version)
	}
	return nil
}
