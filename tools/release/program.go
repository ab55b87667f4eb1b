package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

// program is what the go command wrote into a program of ours.
type program struct {
	module    string // the path of the main module
	command   string // the import path of the package main
	version   string // of the main module: the tag, or a pseudo-version
	revision  string // the commit
	time      time.Time
	goVersion string
	goos      string
	goarch    string
	deps      []*debug.Module
	sha256    string
}

// readProgram reads the program in file. A program without a commit is an error:
// nobody could build it again.
func readProgram(file string) (program, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return program{}, err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	committed, err := time.Parse(time.RFC3339, settings["vcs.time"])
	if err != nil {
		return program{}, fmt.Errorf("%s names no commit: build it with -buildvcs=true: %w", file, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return program{}, err
	}
	sum := sha256.Sum256(text)
	return program{
		module:    info.Main.Path,
		command:   info.Path,
		version:   info.Main.Version,
		revision:  settings["vcs.revision"],
		time:      committed.UTC(),
		goVersion: info.GoVersion,
		goos:      settings["GOOS"],
		goarch:    settings["GOARCH"],
		deps:      info.Deps,
		sha256:    hex.EncodeToString(sum[:]),
	}, nil
}
