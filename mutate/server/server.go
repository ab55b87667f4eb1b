// Package server holds what is known about the servers that run in users' own
// containers, as data: one YAML file for each.
//
// What a container runs is not guessed: only a container that its author has
// named, with its server, is ever changed.
package server

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/mutate/setting"
)

//go:embed *.yaml
var builtin embed.FS

// A Server is what is known about one server program: where it is told which
// address to listen on, and what serves both IP families there. One without
// settings is told so elsewhere, or needs nothing.
type Server struct {
	// Name is the word for it in the annotation of a Pod, in notes and in the
	// status.
	Name string `json:"name"`
	// Title is the name for people.
	Title string `json:"title"`
	// Settings are where it is told its addresses.
	Settings []setting.Setting `json:"settings"`
	// Unless are the options with which the settings are left alone.
	Unless []Option `json:"unless"`
	// AlreadyDual says that it serves both families as it is.
	AlreadyDual bool `json:"alreadyDual"`
	// Advice says what to do, or why there is nothing to do, where there are no
	// settings.
	Advice string `json:"advice"`
	// Sources are the URLs where this knowledge comes from.
	Sources []string `json:"sources"`
}

// An Option is an argument or a variable with which a server cannot be told, or
// must not be.
type Option struct {
	// Flags are the names of an argument, and Env is that of a variable. It is
	// either.
	Flags []string `json:"flags"`
	Env   string   `json:"env"`
	// Value is what it must be; empty for anything but Except.
	Value string `json:"value"`
	// Except is a value with which it is as if it were not there.
	Except string `json:"except"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// String returns how the option is written, for the documentation.
func (o Option) String() string {
	name := o.Env + strings.Join(o.Flags, ", ")
	if o.Value != "" {
		return name + "=" + o.Value
	}
	return name
}

// InArguments reports whether argv has the option.
func (o Option) InArguments(argv []string) bool {
	for i, argument := range argv {
		name, value, joined := strings.Cut(argument, "=")
		if !joined && i+1 < len(argv) {
			value = argv[i+1]
		}
		if slices.Contains(o.Flags, name) && o.Matches(value) {
			return true
		}
	}
	return false
}

// Matches reports whether value is one with which the option counts.
func (o Option) Matches(value string) bool {
	return (o.Value == "" || o.Value == value) && (o.Except == "" || o.Except != value)
}

// Builtin returns the servers that are known, in the order of their names. An
// error is a defect of a file in this directory.
func Builtin() ([]Server, error) {
	files, err := fs.Glob(builtin, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the servers: %w", err)
	}
	servers := make([]Server, 0, len(files))
	for _, file := range files {
		data, err := builtin.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the server %s: %w", file, err)
		}
		server, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if want := strings.TrimSuffix(file, ".yaml"); server.Name != want {
			return nil, fmt.Errorf("%s: name: got %q, want %q, as the file is called", file, server.Name, want)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// Parse reads one server. A field that it does not know, and one that is missing,
// is an error that names the field.
func Parse(data []byte) (Server, error) {
	var s Server
	if err := yaml.UnmarshalStrict(bytes.TrimSpace(data), &s); err != nil {
		return Server{}, fmt.Errorf("decoding a server: %w", err)
	}
	return s, s.validate()
}

func (s Server) validate() error {
	switch {
	case s.Name == "":
		return errors.New("name: must not be empty")
	case s.Title == "":
		return errors.New("title: must not be empty")
	case (len(s.Settings) == 0) == (s.Advice == ""):
		return errors.New("settings, advice: must have one of them")
	case s.AlreadyDual && len(s.Settings) > 0:
		return errors.New("alreadyDual: is for a server without settings")
	case len(s.Sources) == 0:
		return errors.New("sources: must name where the knowledge comes from")
	}
	for i, setting := range s.Settings {
		if err := setting.Validate(); err != nil {
			return fmt.Errorf("settings[%d].%w", i, err)
		}
	}
	for i, option := range s.Unless {
		if (len(option.Flags) == 0) == (option.Env == "") || option.Why == "" {
			return fmt.Errorf("unless[%d]: must have flags or env, and why", i)
		}
	}
	return nil
}

// Variables returns the names of the variables that the server is told its addresses
// in, and of those that are options of it.
func (s Server) Variables() []string {
	var names []string
	for _, setting := range s.Settings {
		names = append(names, setting.Env)
	}
	for _, option := range s.Unless {
		names = append(names, option.Env)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
