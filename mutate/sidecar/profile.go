// Package sidecar holds what is known about each sidecar, as data: one YAML
// file for each.
package sidecar

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed *.yaml
var builtin embed.FS

// A Profile is what is known about one sidecar: how its containers are
// recognised, and what they must hold to serve both IP families.
//
// The containers of a profile are one unit: in a Pod all of them change or
// none does, because a proxy that listens on IPv6 beside an init container
// that captures only IPv4 is a hole in the mesh.
type Profile struct {
	// Name is the short name that appears in notes and in the status
	// annotation; for a mesh it is also the name of its facts.
	Name string `json:"name"`
	// Title is the name for people.
	Title string `json:"title"`
	// Containers are the names by which its containers are recognised, in
	// initContainers and in containers.
	Containers []string `json:"containers"`
	// Env are the variables that each of its containers must hold.
	Env []Env `json:"env"`
	// CIDRLists are the lists of ranges that say which traffic it captures.
	CIDRLists []CIDRList `json:"cidrLists"`
	// Revision is where a Pod says which control plane injected it; empty for a
	// sidecar that has one control plane, or none.
	Revision Revision `json:"revision"`
	// Overrides is where injection keeps what the author set in its containers.
	Overrides Overrides `json:"overrides"`
	// Sources are the URLs where this knowledge comes from.
	Sources []string `json:"sources"`
}

// Env is a boolean environment variable that turns dual-stack on. Its grammar
// is the one of strconv.ParseBool.
type Env struct {
	Name string `json:"name"`
	// Value is what the variable is set to where it is absent.
	Value string `json:"value"`
	// Choice is where else the author of a Pod can set it.
	Choice Choice `json:"choice"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// Has reports whether a container of this name belongs to the sidecar.
func (p Profile) Has(container string) bool {
	return slices.Contains(p.Containers, container)
}

// Builtin returns the profiles that come with the program, in the order of
// their names. An error is a defect of a file in this directory.
func Builtin() ([]Profile, error) {
	files, err := fs.Glob(builtin, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the built-in profiles: %w", err)
	}
	profiles := make([]Profile, 0, len(files))
	for _, file := range files {
		data, err := builtin.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the built-in profile %s: %w", file, err)
		}
		profile, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if want := strings.TrimSuffix(file, ".yaml"); profile.Name != want {
			return nil, fmt.Errorf("%s: name: got %q, want %q, as the file is called", file, profile.Name, want)
		}
		profiles = append(profiles, profile)
	}
	return profiles, nil
}

// Parse reads one profile. A field that it does not know, and one that is
// missing, is an error that names the field.
func Parse(data []byte) (Profile, error) {
	var p Profile
	if err := yaml.UnmarshalStrict(bytes.TrimSpace(data), &p); err != nil {
		return Profile{}, fmt.Errorf("decoding a profile: %w", err)
	}
	return p, p.validate()
}

func (p Profile) validate() error {
	switch {
	case p.Name == "":
		return fmt.Errorf("name: must not be empty")
	case p.Title == "":
		return fmt.Errorf("title: must not be empty")
	case len(p.Containers) == 0:
		return fmt.Errorf("containers: must name at least one container")
	case len(p.Sources) == 0:
		return fmt.Errorf("sources: must name where the knowledge comes from")
	}
	if err := p.validateEnv(); err != nil {
		return err
	}
	for i, list := range p.CIDRLists {
		if err := list.validate(p); err != nil {
			return fmt.Errorf("cidrLists[%d].%w", i, err)
		}
	}
	return nil
}

func (p Profile) validateEnv() error {
	seen := map[string]bool{}
	for i, env := range p.Env {
		switch {
		case env.Name == "":
			return fmt.Errorf("env[%d].name: must not be empty", i)
		case env.Value == "":
			return fmt.Errorf("env[%d].value: must not be empty", i)
		case seen[env.Name]:
			return fmt.Errorf("env[%d].name: %s appears twice", i, env.Name)
		case (env.Choice.Annotation == "") != (env.Choice.Member == ""):
			return fmt.Errorf("env[%d].choice: must have both annotation and member, or neither", i)
		}
		if _, err := strconv.ParseBool(env.Value); err != nil {
			return fmt.Errorf("env[%d].value: %q is not a boolean", i, env.Value)
		}
		seen[env.Name] = true
	}
	return nil
}
