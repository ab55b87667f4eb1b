package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDirectory reads deploy, beside which there is a directory other. A line of a
// tree is a file, a link and where it leads, or a FIFO.
func TestDirectory(t *testing.T) {
	for _, tc := range []struct {
		name   string
		tree   []string
		want   []string
		unread []string
	}{
		{"Files", []string{"a.yaml", "b/c.yml", "b.json", "d.txt", ".e.yaml", ".f/g.yaml"}, []string{"a.yaml", "b/c.yml", "b.json"}, nil},
		{"Link:file", []string{"base/web.yaml", "z.yaml -> .hidden/z", ".hidden/z"}, []string{"base/web.yaml", "z.yaml"}, nil},
		{"Link:file_Target:read", []string{"a.yaml -> b.yaml", "b.yaml"}, []string{"b.yaml"}, nil},
		{"Link:absolute", []string{"a.yaml -> DIR/.b.yaml", ".b.yaml"}, []string{"a.yaml"}, nil},
		{"Link:two", []string{"a.yaml -> b.yaml", "b.yaml -> .c/d", ".c/d"}, []string{"a.yaml"}, nil},
		{"Link:ConfigMap", []string{"web.yaml -> ..data/web.yaml", "..data -> ..2026", "..2026/web.yaml"}, []string{"web.yaml"}, nil},
		{"Link:directory", []string{"current -> .releases/2", ".releases/2/web.yaml"}, []string{"current/web.yaml"}, nil},
		{"Link:directory_Target:read", []string{"a -> b", "b/web.yaml"}, []string{"b/web.yaml"}, nil},
		{"Link:directory_Name:manifest", []string{"a.yaml -> b", "b/web.yaml"}, []string{"b/web.yaml"}, nil},
		{"Link:parent", []string{"a/b -> ..", "a/web.yaml", "a/c -> ."}, []string{"a/web.yaml"}, nil},
		{"Link:file_Target:other", []string{"a.yaml", "b.yaml -> ../other/b.yaml"}, []string{"a.yaml"}, []string{"b.yaml: not read: it leads out of the directory"}},
		{"Link:file_Target:no_manifest", []string{"a.yaml", "b -> ../other/b.yaml"}, []string{"a.yaml"}, nil},
		{"Link:absolute_Target:other", []string{"a.yaml", "b.yaml -> DIR/../other/b.yaml"}, []string{"a.yaml"}, []string{"b.yaml: not read: it leads out of the directory"}},
		{"Link:directory_Target:other", []string{"a.yaml", "b -> ../other"}, []string{"a.yaml"}, []string{"b: not read: it leads out of the directory"}},
		{"Link:neighbour", []string{"a.yaml", "b.yaml -> ../deploy-2/b.yaml"}, []string{"a.yaml"}, []string{"b.yaml: not read: it leads out of the directory"}},
		{"Link:device", []string{"a.yaml", "b.yaml -> /dev/zero"}, []string{"a.yaml"}, []string{"b.yaml: not read: it leads out of the directory"}},
		{"FIFO", []string{"a.yaml", "b.yaml |"}, []string{"a.yaml"}, []string{"b.yaml: not read: it is no regular file"}},
		{"FIFO:link", []string{"a.yaml", "b.yaml -> c", "c |"}, []string{"a.yaml"}, []string{"b.yaml: not read: it is no regular file"}},
		{"FIFO:no_manifest", []string{"a.yaml", "b |"}, []string{"a.yaml"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parent := t.TempDir()
			directory := filepath.Join(parent, "deploy")
			makeTree(t, filepath.Join(parent, "other"), []string{"b.yaml"})
			makeTree(t, filepath.Join(parent, "deploy-2"), []string{"b.yaml"})
			makeTree(t, directory, tc.tree)
			names, unread, err := manifestsBelow(directory)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range [][]string{names, unread} {
				for i := range got {
					got[i] = strings.TrimPrefix(got[i], directory+"/")
				}
			}
			if diff := cmp.Diff(tc.want, names); diff != "" {
				t.Errorf("manifests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.unread, unread); diff != "" {
				t.Errorf("what is not read (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDirectoryIsALink names a link to a directory, from within its parent.
func TestDirectoryIsALink(t *testing.T) {
	t.Chdir(t.TempDir())
	makeTree(t, "real", []string{"web.yaml", "b.yaml -> web.yaml"})
	makeTree(t, ".", []string{"current -> real"})
	for _, name := range []string{"current", "current/", "./current"} {
		got, unread, err := manifestsBelow(name)
		if diff := cmp.Diff([]string{"current/web.yaml"}, got); diff != "" || unread != nil || err != nil {
			t.Errorf("manifestsBelow(%q) (-want +got):\n%s%v, %v", name, diff, unread, err)
		}
	}
}

// TestDirectoryErrors has links that lead nowhere.
func TestDirectoryErrors(t *testing.T) {
	for _, tree := range [][]string{{"a.yaml", "b.yaml -> absent.yaml"}, {"a.yaml", "b.yaml -> b.yaml"}, {"b.txt"}, {"b.yaml |"}} {
		directory := t.TempDir()
		makeTree(t, directory, tree)
		if names, _, err := manifestsBelow(directory); err == nil {
			t.Errorf("manifestsBelow(%q) = %q, want an error", tree, names)
		}
	}
}

func makeTree(t *testing.T, directory string, tree []string) {
	t.Helper()
	for _, line := range tree {
		name, target, link := strings.Cut(line, " -> ")
		name, fifo := strings.CutSuffix(name, " |")
		name = filepath.Join(directory, name)
		err := os.MkdirAll(filepath.Dir(name), 0o700)
		switch {
		case err != nil:
		case link:
			err = os.Symlink(strings.ReplaceAll(target, "DIR", directory), name)
		case fifo:
			err = syscall.Mkfifo(name, 0o600)
		default:
			err = os.WriteFile(name, []byte("kind: Namespace\n"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
