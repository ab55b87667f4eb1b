package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// sidecarSettings are an operator's own profiles, and the names of those whose
// sidecars are left alone.
type sidecarSettings struct {
	ownSidecars      []sidecar.Profile
	disabledSidecars []string
}

func (s *sidecarSettings) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&s.disabledSidecars, "sidecars-disabled", nil, "the `names` of profiles whose sidecars are left alone")
	flags.Var(profiles{&s.ownSidecars}, "sidecars-profiles", "files with a profile of your own in each; in the configuration file, the profiles")
}

// sidecars returns the profiles that count.
func (s *sidecarSettings) sidecars() (sidecar.Set, error) {
	set, err := sidecar.Builtin()
	if err != nil {
		return sidecar.Set{}, err
	}
	if set, err = set.With(s.ownSidecars...); err != nil {
		return sidecar.Set{}, fmt.Errorf("--sidecars-profiles: %w", err)
	}
	if set, err = set.Without(s.disabledSidecars...); err != nil {
		return sidecar.Set{}, fmt.Errorf("--sidecars-disabled: %w", err)
	}
	return set, nil
}

// profiles is a flag of files with commas between them, which can be given more than
// once, and which is a list of profiles in the configuration file.
type profiles struct{ own *[]sidecar.Profile }

func (p profiles) String() string {
	if p.own == nil {
		return ""
	}
	names := make([]string, len(*p.own))
	for i, profile := range *p.own {
		names[i] = profile.Name
	}
	return strings.Join(names, ",")
}

func (p profiles) Set(text string) error {
	for file := range strings.SplitSeq(text, ",") {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading a profile: %w", err)
		}
		profile, err := sidecar.Parse(data)
		if _, ok := errors.AsType[*sidecar.Error](err); ok {
			return fmt.Errorf("%s:%w", file, err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		*p.own = append(slices.Clip(*p.own), profile)
	}
	return nil
}

// SetNodes reads profiles that stand in the configuration file.
func (p profiles) SetNodes(nodes []*yaml.Node) error {
	for i, node := range nodes {
		profile, err := sidecar.ParseNode(node)
		if at, ok := errors.AsType[*sidecar.Error](err); ok {
			return &sidecar.Error{Line: at.Line, Key: fmt.Sprintf("[%d].%s", i, at.Key), Err: at.Err}
		}
		if err != nil {
			return err
		}
		*p.own = append(slices.Clip(*p.own), profile)
	}
	return nil
}

func (profiles) Type() string { return "FILE,..." }

// nodeSetter is a flag that is a list of more than words in the configuration file.
type nodeSetter interface {
	SetNodes(nodes []*yaml.Node) error
}
