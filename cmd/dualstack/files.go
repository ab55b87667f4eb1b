package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/terminal"
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
// directories, and standard input, which is also read if there is no argument. What
// is in a directory and is not read is said to log.
func readFiles(args []string, stdin io.Reader, log io.Writer) ([]*file, error) {
	if len(args) == 0 {
		if isTerminal(stdin) {
			return nil, errors.New("nothing to read: name a file or a directory, or - for standard input")
		}
		args = []string{standardInput}
	}
	names, unread, err := expand(args)
	for _, why := range unread {
		fmt.Fprintf(terminal.Lines{Writer: log}, "dualstack: %s\n", why)
	}
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
// names, and says what of them is not read. A name that stands twice is an error,
// since its objects would.
func expand(args []string) (names, unread []string, err error) {
	for _, arg := range args {
		found := []string{arg}
		if info, err := os.Stat(arg); arg != standardInput && err != nil {
			return nil, unread, err
		} else if arg != standardInput && info.IsDir() {
			var passed []string
			found, passed, err = manifestsBelow(arg)
			unread = append(unread, passed...)
			if err != nil {
				return nil, unread, err
			}
		}
		for _, name := range found {
			if slices.Contains(names, name) {
				return nil, unread, fmt.Errorf("%s: named twice", name)
			}
			names = append(names, name)
		}
	}
	return names, unread, nil
}

// isTerminal reports whether people are at the other end of a stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
