// Docs writes the pages of docs/reference that are made from the program's own
// tables. With -check it writes nothing and fails if a page is not what it would
// write.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/go-cmp/cmp"
)

// pages returns the pages by their names.
func pages() map[string]func() string {
	return map[string]func() string{
		"notes.md":    notes,
		"services.md": services,
	}
}

func main() {
	directory := flag.String("directory", "docs/reference", "`directory` of the pages")
	check := flag.Bool("check", false, "fail if a page is stale")
	flag.Parse()
	if err := run(*directory, *check); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(directory string, check bool) error {
	all := pages()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path, want := filepath.Join(directory, name), all[name]()
		if !check {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				return err
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			return fmt.Errorf("%s is stale: run make generate (-want +got):\n%s", path, diff)
		}
	}
	return nil
}
