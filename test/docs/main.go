// Docs writes the pages that are made from the program's own tables and from the
// chart's values. It runs in the project's root. With -check it writes nothing and fails if a page is not what it would
// write.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/google/go-cmp/cmp"
)

// pages returns the pages by their paths.
func pages() map[string]func() (string, error) {
	return map[string]func() (string, error){
		"charts/dualstack-webhook/README.md": chart,
		"docs/reference/audit.md":            func() (string, error) { return findings(), nil },
		"docs/reference/notes.md":            func() (string, error) { return notes(), nil },
		"docs/reference/servers.md":          servers,
		"docs/reference/services.md":         func() (string, error) { return services(), nil },
		"docs/reference/sidecars.md":         sidecars,
	}
}

func main() {
	check := flag.Bool("check", false, "fail if a page is stale")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	all := pages()
	for _, path := range slices.Sorted(maps.Keys(all)) {
		want, err := all[path]()
		if err != nil {
			return err
		}
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
