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
	// Meshes says of each mesh, by the name of its profile, whether its control
	// plane is dual-stack. A mesh that is not in it is Unknown.
	Meshes map[string]State
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
