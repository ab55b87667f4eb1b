package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// plugin is what krew reads. Its manifest is decoded strictly, which finds what
// krew would ignore.
// https://github.com/kubernetes-sigs/krew/blob/master/pkg/index/types.go
type plugin struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   map[string]string `json:"metadata"`
	Spec       struct {
		Version          string           `json:"version"`
		Homepage         string           `json:"homepage"`
		ShortDescription string           `json:"shortDescription"`
		Description      string           `json:"description"`
		Platforms        []pluginPlatform `json:"platforms"`
	} `json:"spec"`
}

type pluginPlatform struct {
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	URI    string `json:"uri"`
	SHA256 string `json:"sha256"`
	Bin    string `json:"bin"`
}

func TestManifest(t *testing.T) {
	out := t.TempDir()
	for _, name := range []string{"dualstack_1.2.3_linux_arm64.tar.gz", "dualstack_1.2.3_windows_amd64.tar.gz", "dualstack_1.2.2_linux_arm64.tar.gz"} {
		if err := writeFile(filepath.Join(out, name), []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeManifest(out, someProgram()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "dualstack.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want plugin
	if err := yaml.UnmarshalStrict(text, &got); err != nil {
		t.Fatal(err)
	}
	want.APIVersion, want.Kind = "krew.googlecontainertools.github.com/v1alpha2", "Plugin"
	want.Metadata = map[string]string{"name": "dualstack"}
	want.Spec.Version, want.Spec.Homepage = "v1.2.3", "https://example.com/ours"
	want.Spec.ShortDescription, want.Spec.Description = got.Spec.ShortDescription, got.Spec.Description
	want.Spec.Platforms = []pluginPlatform{
		somePlatform("linux", "arm64", "dualstack"),
		somePlatform("windows", "amd64", "dualstack.exe"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest, -want +got:\n%s", diff)
	}
	// https://github.com/kubernetes-sigs/krew/blob/master/internal/index/validation/validate.go
	if short := got.Spec.ShortDescription; short == "" || strings.ContainsAny(short, "\r\n") || got.Spec.Description == "" {
		t.Errorf("descriptions = %q, %q, want a line, and more", short, got.Spec.Description)
	}
}

func somePlatform(os, arch, bin string) pluginPlatform {
	name := fmt.Sprintf("dualstack_1.2.3_%s_%s.tar.gz", os, arch)
	p := pluginPlatform{
		URI:    "https://example.com/ours/releases/download/v1.2.3/" + name,
		SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(name))),
		Bin:    bin,
	}
	p.Selector.MatchLabels = map[string]string{"os": os, "arch": arch}
	return p
}

func TestManifestWantsArchives(t *testing.T) {
	if err := writeManifest(t.TempDir(), someProgram()); err == nil {
		t.Error("no archive: no error")
	}
}
