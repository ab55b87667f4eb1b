package test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestDependabot wants each module, the actions and the Dockerfile to be looked
// after, each once.
func TestDependabot(t *testing.T) {
	text, err := os.ReadFile("../.github/dependabot.yml")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Version int `json:"version"`
		Updates []struct {
			Ecosystem   string                    `json:"package-ecosystem"`
			Directory   string                    `json:"directory"`
			Directories []string                  `json:"directories"`
			Schedule    struct{ Interval string } `json:"schedule"`
			Allow       any                       `json:"allow"`
			Ignore      any                       `json:"ignore"`
			Groups      any                       `json:"groups"`
		} `json:"updates"`
	}
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, u := range config.Updates {
		if u.Directory != "" {
			u.Directories = append(u.Directories, u.Directory)
		}
		got[u.Ecosystem] = append(got[u.Ecosystem], u.Directories...)
		if u.Schedule.Interval == "" {
			t.Errorf("%s in %q has no schedule", u.Ecosystem, u.Directories)
		}
	}
	slices.Sort(got["gomod"])
	want := map[string][]string{"gomod": modules(t), "github-actions": {"/"}, "docker": {"/"}}
	if diff := cmp.Diff(want, got); diff != "" || config.Version != 2 {
		t.Errorf("what is looked after, in version %d (-want +got):\n%s", config.Version, diff)
	}
}

// modules returns the directories of the project that are Go modules.
func modules(t *testing.T) []string {
	t.Helper()
	var directories []string
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"dist", "bin", "testdata"}, entry.Name())):
			return fs.SkipDir
		case entry.Name() == "go.mod":
			directories = append(directories, path.Join("/", path.Dir(name)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(directories)
	return directories
}
