package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

func someProgram() program {
	return program{
		module: "example.com/ours", command: "example.com/ours/cmd", version: "v1.2.3", revision: "0123abcd",
		time: time.Unix(1700000000, 0).UTC(), goVersion: "go1.26.8", goos: "linux", goarch: "arm64", sha256: "00ff",
		deps: []*debug.Module{{Path: "example.com/dep", Version: "v0.1.0", Sum: "h1:x="}},
	}
}

func TestClassify(t *testing.T) {
	own, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, want, complaint string
	}{
		"ours":        {string(own), "Apache-2.0", ""},
		"a word more": {string(own) + "Not on Sundays.", "", "this text is new"},
		"empty":       {"", "", "this text is new"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := classify([]byte(c.text))
			if got != c.want {
				t.Errorf("licence = %q, want %q", got, c.want)
			}
			if got := errorText(err); !strings.Contains(got, c.complaint) || c.complaint == "" && got != "" {
				t.Errorf("error = %q, want %q", got, c.complaint)
			}
		})
	}
}

// TestReviewed: a row of the table that is not read as one would be a licence
// that is never found, or an expression that is cut.
func TestReviewed(t *testing.T) {
	const licence = `(Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|MIT)`
	row := regexp.MustCompile(`^[0-9a-f]{64}  ` + licence + `( AND ` + licence + `)*  +\S+\n$`)
	for line := range strings.Lines(reviewed) {
		if line != "\n" && !strings.HasPrefix(line, "#") && !row.MatchString(line) {
			t.Errorf("licences.txt has a row that is none: %s", line)
		}
	}
}

// TestLicencesOfPackages: what lies beside a linked package or above it counts,
// what lies elsewhere in the module does not.
func TestLicencesOfPackages(t *testing.T) {
	own, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"LICENSE": string(own), "NOTICE": "Made by us.", "license.go": "package m", "linked/deep/x.go": "package x",
		"linked/COPYING": string(own), "unlinked/LICENSE": "Ask me.",
	} {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	m := module{path: "example.com/m", dir: dir, packages: []string{filepath.Join(dir, "linked", "deep")}}
	if err := m.findLicences(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range m.files {
		got = append(got, file.name)
	}
	if want := "LICENSE NOTICE linked/COPYING"; strings.Join(got, " ") != want {
		t.Errorf("files = %q, want %q", got, want)
	}

	bare := module{path: "example.com/bare", version: "v1.0.0", dir: t.TempDir()}
	bare.packages = []string{bare.dir}
	if got, want := errorText(bare.findLicences()), "example.com/bare v1.0.0: has no licence"; got != want {
		t.Errorf("error without a licence = %q, want %q", got, want)
	}
}

// TestConfirm: the source must be the program's, module by module.
func TestConfirm(t *testing.T) {
	source := func(dep string, more ...string) map[string]*module {
		found := map[string]*module{"example.com/ours": {path: "example.com/ours"}, standardLibrary: {path: standardLibrary}}
		found["example.com/dep"] = &module{path: "example.com/dep", version: dep}
		for _, path := range more {
			found[path] = &module{path: path}
		}
		return found
	}
	modules, err := confirm(source("v0.1.0"), someProgram())
	if err != nil || len(modules) != 3 || modules[0].version != "v1.2.3" || modules[1].sum != "h1:x=" {
		t.Errorf("modules = %+v, error %v, want ours, example.com/dep and the standard library", modules, err)
	}
	for name, found := range map[string]map[string]*module{
		"another version": source("v0.2.0"), "one more": source("v0.1.0", "example.com/more"), "not ours": {},
	} {
		if _, err := confirm(found, someProgram()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
