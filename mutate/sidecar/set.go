package sidecar

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Set is profiles that go together. The zero Set has none. It is a value: the
// methods return changed copies.
type Set struct {
	profiles []*Profile
	// byContainer holds which profiles name a container, so that a Pod costs one
	// look-up for each of its containers, however many profiles there are.
	byContainer map[string]candidates
	byPrefix    []prefixed
}

// candidates are the profiles that a container may belong to, and what they read of
// it.
type candidates struct {
	profiles []*Profile
	reads    Reads
}

// prefixed is a profile whose containers' names have a beginning in common.
type prefixed struct {
	prefix string
	candidates
}

// NewSet returns the profiles as a Set. Two of one name, and two that cannot be told
// apart by their containers, are an error.
func NewSet(profiles ...Profile) (Set, error) {
	s := Set{byContainer: map[string]candidates{}}
	for i := range profiles {
		p := profiles[i]
		s.profiles = append(s.profiles, &p)
	}
	// Those of the program come first, so that an error is about an operator's own.
	for i := range profiles {
		if err := s.add(s.profiles[i]); err != nil {
			return Set{}, fmt.Errorf("%s: %w", profiles[i].Name, err)
		}
	}
	slices.SortFunc(s.profiles, func(a, b *Profile) int {
		return cmp.Or(-cmp.Compare(one(a.Mesh), one(b.Mesh)), cmp.Compare(a.Name, b.Name))
	})
	for i, p := range s.profiles {
		p.rank = i
	}
	return s, nil
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// add lets p be found.
func (s *Set) add(p *Profile) error {
	if s.byName(p.Name) != p {
		return errors.New("name: another profile has it")
	}
	for i, container := range p.Containers {
		for _, other := range s.Of(container) {
			if p.Where.IsZero() || other.Where.IsZero() {
				return fmt.Errorf("containers[%d]: the profile %s names %s too", i, other.Name, container)
			}
		}
		s.byContainer[container] = s.byContainer[container].with(p)
	}
	for i, prefix := range p.Prefixes {
		for _, container := range slices.Sorted(maps.Keys(s.byContainer)) {
			if strings.HasPrefix(container, prefix) {
				return fmt.Errorf("prefixes[%d]: the profile %s names %s", i, s.byContainer[container].profiles[0].Name, container)
			}
		}
		s.byPrefix = append(s.byPrefix, prefixed{prefix, candidates{}.with(p)})
	}
	return nil
}

func (s *Set) byName(name string) *Profile {
	for _, p := range s.profiles {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// All returns the profiles: those of meshes first, in the order of their names.
func (s Set) All() []*Profile { return s.profiles }

// HasMesh reports whether one of the profiles is that of the mesh.
func (s Set) HasMesh(name string) bool {
	p := s.byName(name)
	return p != nil && p.Mesh
}

// Rewrites reports whether one of the profiles is of this name, and rewrites its
// sidecar: what a Pod without that sidecar asks for says no more.
func (s Set) Rewrites(name string) bool {
	p := s.byName(name)
	return p != nil && p.Outcome == Rewritten
}

// Of returns the profiles that a container of this name may belong to.
func (s Set) Of(container string) []*Profile { return s.of(container).profiles }

// Reads returns what the profiles of a container of this name read of it.
func (s Set) Reads(container string) Reads { return s.of(container).reads }

func (s Set) of(container string) candidates {
	if found, ok := s.byContainer[container]; ok {
		return found
	}
	for _, p := range s.byPrefix {
		if strings.HasPrefix(container, p.prefix) {
			return p.candidates
		}
	}
	return candidates{}
}

// With returns s with profiles of an operator's own. They cannot take the place of
// those of s, which say what is safe.
func (s Set) With(own ...Profile) (Set, error) {
	all := make([]Profile, 0, len(s.profiles)+len(own))
	for _, p := range s.profiles {
		all = append(all, *p)
	}
	return NewSet(append(all, own...)...)
}

// Without returns s with the sidecars of these profiles left alone. They are still
// recognised: that one of a mesh is left alone does not make others safe.
func (s Set) Without(names ...string) (Set, error) {
	all := make([]Profile, 0, len(s.profiles))
	for _, p := range s.profiles {
		p := *p
		p.off = p.off || slices.Contains(names, p.Name)
		all = append(all, p)
	}
	for _, name := range names {
		if s.byName(name) == nil {
			return Set{}, fmt.Errorf("%q is not a profile: there are %s", name, strings.Join(s.names(), ", "))
		}
	}
	return NewSet(all...)
}

func (s *Set) names() []string {
	var names []string
	for _, p := range s.profiles {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}
