package sidecar

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var builtin embed.FS

// Builtin returns the profiles that come with the program. An error is a defect
// of a file in this directory.
func Builtin() (Set, error) {
	files, err := fs.Glob(builtin, "*.yaml")
	if err != nil {
		return Set{}, fmt.Errorf("listing the built-in profiles: %w", err)
	}
	profiles := make([]Profile, 0, len(files))
	for _, file := range files {
		data, err := builtin.ReadFile(file)
		if err != nil {
			return Set{}, fmt.Errorf("reading the built-in profile %s: %w", file, err)
		}
		profile, err := Parse(data)
		if err != nil {
			return Set{}, fmt.Errorf("%s:%w", file, err)
		}
		if want := strings.TrimSuffix(file, ".yaml"); profile.Name != want {
			return Set{}, fmt.Errorf("%s: name: got %q, want %q, as the file is called", file, profile.Name, want)
		}
		profiles = append(profiles, profile)
	}
	return NewSet(profiles...)
}

// Parse reads one profile. An error about a key is an [Error]: one that is not
// known or stands twice, one that is missing, and one whose value makes no sense.
func Parse(data []byte) (Profile, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&document); err != nil {
		return Profile{}, fmt.Errorf("reading a profile: %w", err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Profile{}, errors.New("reading a profile: there is more than one document")
	}
	return ParseNode(document.Content[0])
}

// ParseNode reads a profile that stands in another document, as [Parse] does. Lines
// are those of that document.
func ParseNode(node *yaml.Node) (Profile, error) {
	var p Profile
	d := decoder{lines: map[string]int{}}
	if err := d.decode(node, reflect.ValueOf(&p), ""); err != nil {
		return Profile{}, err
	}
	if key, err := p.check(); err != nil {
		return Profile{}, d.fail(key, err)
	}
	return p, nil
}
