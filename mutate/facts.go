package mutate

import "fmt"

// State is what is known about one thing in the cluster. The zero State is
// Unknown, and Unknown is never treated as Enabled.
type State uint8

// The states, as the configuration spells them in lower case.
const (
	Unknown State = iota
	Enabled
	Disabled
)

// Facts are what is known about the cluster.
type Facts struct {
	// DualStack says whether the cluster gives Services addresses of both
	// families.
	DualStack State
	// Pods says whether it gives Pods addresses of both families.
	Pods State
	// Meshes says of each mesh, by the name of its profile, what is known about
	// its control planes. Of a mesh that is not in it nothing is.
	Meshes map[string]Mesh
	// Reach says where the injectors can reach that are in the cluster.
	Reach []Reach
}

// Mesh is what is known about the control planes of a mesh. Of the zero Mesh all
// are Unknown.
type Mesh struct {
	// DualStack says whether those that have no name here are dual-stack.
	DualStack State
	// Revisions says it of single ones, by name.
	Revisions map[string]State
	// Tags says it of those that are known by another name, which may be the
	// name of a revision too.
	Tags map[string]State
	// InjectsOnce says whether injectors that have no name here are called once
	// for a Pod: their reinvocationPolicy is Never, not IfNeeded.
	InjectsOnce State
	// Injectors says it of those of single revisions and tags, by name.
	Injectors map[string]State
}

// OfRevision returns whether the revision of that name is dual-stack.
func (m Mesh) OfRevision(name string) State {
	if state, ok := m.Revisions[name]; ok {
		return state
	}
	return m.DualStack
}

// OfTag returns whether what a namespace or an object calls by that name, a tag
// or a revision, is dual-stack.
func (m Mesh) OfTag(name string) State {
	if state, ok := m.Tags[name]; ok {
		return state
	}
	return m.OfRevision(name)
}

// InjectsOnceFor returns whether the injectors of that name, of a revision or a
// tag, are called once for a Pod.
func (m Mesh) InjectsOnceFor(name string) State {
	if state, ok := m.Injectors[name]; ok {
		return state
	}
	return m.InjectsOnce
}

// String returns the word for s.
func (s State) String() string {
	switch s {
	case Enabled:
		return "enabled"
	case Disabled:
		return "disabled"
	default:
		return "unknown"
	}
}

// ParseState returns the state that word names. On an error it returns Unknown,
// which is always safe.
func ParseState(word string) (State, error) {
	for _, s := range []State{Unknown, Enabled, Disabled} {
		if word == s.String() {
			return s, nil
		}
	}
	return Unknown, fmt.Errorf("%q is not a state: use %s, %s or %s", word, Enabled, Disabled, Unknown)
}
