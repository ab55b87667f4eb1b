package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestKnownVersions(t *testing.T) {
	got, err := finder{modules: fakeModules(t)}.knownVersions()
	if want := []string{"1.9", "1.40"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("knownVersions() = %q, %v; want %q", got, err, want)
	}
	_, err = finder{modules: t.TempDir()}.knownVersions()
	wantError(t, "knownVersions() elsewhere", err, "go run -C test/controlplane .")
}

func TestReleaseLacksEtcd(t *testing.T) {
	modules := t.TempDir()
	write(t, filepath.Join(modules, "v1.40", "go.mod"), "module example.com/x\n\nrequire k8s.io/kubernetes v1.40.1\n", 0o644)
	_, err := finder{goCommand: "go", modules: modules}.release(t.Context(), "1.40")
	wantError(t, "release(1.40)", err, "v1.40/go.mod", "does not require go.etcd.io/etcd/server/v3")
}

// The modules here must pin the release that their directory names, and with it
// the staging modules of the same release.
func TestPinnedReleases(t *testing.T) {
	f := finder{goCommand: "go", modules: "."}
	known, err := f.knownVersions()
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range known {
		r, err := f.release(t.Context(), version)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := r.kubernetes(), "v"+version+"."; !strings.HasPrefix(got, want) {
			t.Errorf("%s pins Kubernetes %s, want %sx", r.module, got, want)
		}
		want := "v0" + strings.TrimPrefix(r.kubernetes(), "v1")
		for path, got := range replacements(t, f, r) {
			if got != want {
				t.Errorf("%s replaces %s by %s, want %s", r.module, path, got, want)
			}
		}
	}
}

// replacements returns the versions by which r's module replaces others.
func replacements(t *testing.T, f finder, r release) map[string]string {
	t.Helper()
	out, err := f.goCommand.output(t.Context(), r.module, "mod", "edit", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, m := range file.Replace {
		versions[m.Old.Path] = m.New.Version
	}
	if len(versions) == 0 {
		t.Errorf("%s replaces nothing, want the staging modules", r.module)
	}
	return versions
}
