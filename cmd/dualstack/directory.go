package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// manifestsBelow returns the manifests in a directory and those below it, in the
// order of their names, and says of what is called like one and is not read why.
// Names that begin with a dot are passed over, as tools keep their own there. Links
// are followed where they stay in the directory; what has two names is read once.
func manifestsBelow(directory string) (names, unread []string, err error) {
	root, err := resolve(directory)
	if err != nil {
		return nil, nil, err
	}
	w := walk{root: root, seen: map[string]bool{}}
	if err := w.below(directory, root); err != nil {
		return nil, nil, err
	}
	// What a link leads to is read by its own name, if it has one.
	for len(w.links) > 0 {
		link := w.links[0]
		w.links = w.links[1:]
		if err := w.follow(link); err != nil {
			return nil, nil, err
		}
	}
	if len(w.names) == 0 {
		err = fmt.Errorf("%s: no .yaml, .yml or .json file in this directory", directory)
	}
	slices.SortFunc(w.names, comparePaths)
	return w.names, w.unread, err
}

// walk is on its way through a directory.
type walk struct {
	// root is the directory by its own name, without links.
	root string
	// seen are the files and directories that were met, by their own names.
	seen   map[string]bool
	links  []string
	names  []string
	unread []string
}

// below meets all that is below a directory but what links lead to. Own is its own
// name.
func (w *walk) below(path, own string) error {
	if w.seen[own] {
		return nil
	}
	w.seen[own] = true
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		name := filepath.Join(path, entry.Name())
		if entry.Type()&fs.ModeSymlink != 0 {
			w.links = append(w.links, name)
		} else if err := w.meet(name, filepath.Join(own, entry.Name()), entry.Type()); err != nil {
			return err
		}
	}
	return nil
}

// meet takes a manifest, and goes into a directory. To open anything else may wait
// for ever: https://man7.org/linux/man-pages/man7/fifo.7.html
func (w *walk) meet(name, own string, mode fs.FileMode) error {
	switch {
	case mode.IsDir():
		return w.below(name, own)
	case !isManifest(name) || w.seen[own]:
	case mode.IsRegular():
		w.seen[own] = true
		w.names = append(w.names, name)
	default:
		w.unread = append(w.unread, name+": not read: it is no regular file")
	}
	return nil
}

// follow meets what a link leads to. Out of the directory it could lead anywhere.
func (w *walk) follow(link string) error {
	own, err := resolve(link)
	if err != nil {
		if !isManifest(link) {
			return nil
		}
		return err
	}
	info, err := os.Stat(own)
	if err != nil {
		return err
	}
	if inside, err := filepath.Rel(w.root, own); err == nil && filepath.IsLocal(inside) {
		return w.meet(link, own, info.Mode().Type())
	}
	if info.IsDir() || isManifest(link) {
		w.unread = append(w.unread, link+": not read: it leads out of the directory")
	}
	return nil
}

// resolve returns a file's own name, from the root on and without links.
func resolve(name string) (string, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	resolved, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		// The error names what the link leads to, or nothing.
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return resolved, nil
}

// isManifest reports whether a file is called as manifests are.
func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

// comparePaths puts what is in a directory before what sorts after the directory.
func comparePaths(a, b string) int {
	separator := string(filepath.Separator)
	return slices.Compare(strings.Split(a, separator), strings.Split(b, separator))
}
