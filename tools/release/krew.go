package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // The template of the manifest.
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed dualstack.yaml.tmpl
var manifestTemplate string

// platform is one archive, as the manifest for krew names it.
type platform struct {
	OS, Arch, Bin, File, SHA256 string
}

// writeManifest writes out/dualstack.yaml, the manifest for krew, from the
// archives in out: dualstack_VERSION_OS_ARCH.tar.gz.
func writeManifest(out string, p program) error {
	prefix := fmt.Sprintf("dualstack_%s_", strings.TrimPrefix(p.version, "v"))
	archives, err := filepath.Glob(filepath.Join(out, prefix+"*_*.tar.gz"))
	if err != nil || len(archives) == 0 {
		return fmt.Errorf("no archive %sOS_ARCH.tar.gz in %s", prefix, out)
	}
	var platforms []platform
	for _, archive := range archives {
		text, err := os.ReadFile(archive)
		if err != nil {
			return err
		}
		made := platform{Bin: "dualstack", File: filepath.Base(archive), SHA256: fmt.Sprintf("%x", sha256.Sum256(text))}
		made.OS, made.Arch, _ = strings.Cut(strings.TrimSuffix(strings.TrimPrefix(made.File, prefix), ".tar.gz"), "_")
		if made.OS == "windows" {
			made.Bin += ".exe"
		}
		platforms = append(platforms, made)
	}
	parsed, err := template.New("krew").Parse(manifestTemplate)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, map[string]any{"Version": p.version, "Module": p.module, "Platforms": platforms}); err != nil {
		return err
	}
	return writeFile(filepath.Join(out, "dualstack.yaml"), text.Bytes())
}
