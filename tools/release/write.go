package main

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// writeLicences writes the files of each module into out/licenses/MODULE, where
// people and scanners look for them in an image.
func writeLicences(out string, modules []module) error {
	for _, m := range modules {
		for _, file := range m.files {
			if err := writeFile(filepath.Join(out, "licenses", filepath.FromSlash(m.path), filepath.FromSlash(file.name)), file.text); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFile writes text to file, and makes the directories above it.
func writeFile(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // Everybody may read what we publish.
		return err
	}
	return os.WriteFile(file, text, 0o644) //nolint:gosec // Likewise.
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
