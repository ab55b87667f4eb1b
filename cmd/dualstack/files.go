package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/dualstack-dev/webhook/manifest"
)

// A file is one that was read, and what was decided about it.
type file struct {
	name      string
	text      string
	documents []manifest.Document
	// edits are what changes in text.
	edits []manifest.Edit
	// objects are those that there is anything to say about.
	objects []decided
}

// standardInput is the name of the file that is standard input.
const standardInput = "-"

// readFiles reads what the arguments name: files, all manifests below
// directories, and standard input, which is also read if there is no argument.
func readFiles(args []string, stdin io.Reader) ([]*file, error) {
	if len(args) == 0 {
		if isTerminal(stdin) {
			return nil, errors.New("nothing to read: name a file or a directory, or - for standard input")
		}
		args = []string{standardInput}
	}
	names, err := expand(args)
	if err != nil {
		return nil, err
	}
	files := make([]*file, len(names))
	for i, name := range names {
		text, err := readOne(name, stdin)
		if err != nil {
			return nil, err
		}
		files[i] = &file{name: name, text: text, documents: manifest.Split(text)}
	}
	return files, nil
}

func readOne(name string, stdin io.Reader) (string, error) {
	if name != standardInput {
		data, err := os.ReadFile(name)
		return string(data), err
	}
	data, err := io.ReadAll(stdin)
	if err != nil {
		return "", fmt.Errorf("reading standard input: %w", err)
	}
	return string(data), nil
}

// expand replaces directories by the manifests in them, in the order of their
// names. A name that stands twice is an error, since its objects would.
func expand(args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		found := []string{arg}
		if info, err := os.Stat(arg); arg != standardInput && err != nil {
			return nil, err
		} else if arg != standardInput && info.IsDir() {
			if found, err = manifestsBelow(arg); err != nil {
				return nil, err
			}
		}
		for _, name := range found {
			if slices.Contains(names, name) {
				return nil, fmt.Errorf("%s: named twice", name)
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// manifestsBelow returns the manifests in a directory and those below it.
// Names that begin with a dot are passed over, as tools keep their own there.
func manifestsBelow(directory string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != directory && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			names = append(names, path)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: no .yaml, .yml or .json file in this directory", directory)
	}
	return names, err
}

// isTerminal reports whether people are at the other end of a stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
