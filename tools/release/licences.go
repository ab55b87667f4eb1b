package main

import (
	"crypto/sha256"
	_ "embed" // The licences that were read.
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed licences.txt
var reviewed string

var (
	licenceName = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying`)
	noticeName  = regexp.MustCompile(`(?i)^(notice|patents)(\.(md|txt))?$`)
)

// licenceFile is a file of a module that must be passed on.
type licenceFile struct {
	name    string // relative to the module, with slashes
	text    []byte
	licence string // an SPDX expression; "" for a notice
}

// findLicences reads the licences of m: the files beside each linked package
// and in the directories above it. A module without one is an error, as is a text
// that nobody has read.
func (m *module) findLicences() error {
	for _, dir := range m.directories() {
		entries, err := os.ReadDir(filepath.Join(m.dir, dir))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name, licence := entry.Name(), licenceName.MatchString(entry.Name())
			if entry.IsDir() || strings.HasSuffix(name, ".go") || !licence && !noticeName.MatchString(name) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(m.dir, dir, name))
			if err != nil {
				return err
			}
			file := licenceFile{name: filepath.ToSlash(filepath.Join(dir, name)), text: text}
			if licence {
				if file.licence, err = classify(text); err != nil {
					return fmt.Errorf("%s %s: %s: %w", m.path, m.version, file.name, err)
				}
			}
			m.files = append(m.files, file)
		}
	}
	if m.licences() == "" {
		return fmt.Errorf("%s %s: has no licence", m.path, m.version)
	}
	return nil
}

// directories returns those of the linked packages and all above them, relative
// to the module, in order.
func (m *module) directories() []string {
	seen := map[string]bool{}
	for _, dir := range m.packages {
		for rel, err := filepath.Rel(m.dir, dir); err == nil && !seen[rel]; rel = filepath.Dir(rel) {
			seen[rel] = true
		}
	}
	return sortedKeys(seen)
}

// licences returns the SPDX expression for m: all of the licences found.
func (m *module) licences() string {
	names := map[string]bool{}
	for _, file := range m.files {
		for name := range strings.SplitSeq(file.licence, " AND ") {
			names[name] = true
		}
	}
	delete(names, "")
	return strings.Join(sortedKeys(names), " AND ")
}

// classify returns the SPDX expression of a licence that was reviewed.
func classify(text []byte) (string, error) {
	sum := fmt.Sprintf("%x", sha256.Sum256(text))
	for line := range strings.Lines(reviewed) {
		if rest, ok := strings.CutPrefix(line, sum+"  "); ok {
			licence, _, _ := strings.Cut(rest, "  ")
			return licence, nil
		}
	}
	return "", fmt.Errorf("this text is new: read it, and add it to tools/release/licences.txt: %s", sum)
}
