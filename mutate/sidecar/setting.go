package sidecar

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/setting"
)

// A Setting is one thing that a sidecar is told: a variable, an argument, or an
// annotation from which injection makes one.
type Setting struct {
	setting.Setting
	// Containers are those that have it, of the profile's; if there are none, all.
	Containers []string `json:"containers"`
	// Annotation is a key of the Pod's. It is read, and never written.
	Annotation string `json:"annotation"`
	// Member is the name of the value in the annotation, if that is a mapping of YAML.
	Member string `json:"member"`
	// Former is the annotation that holds the value where that one does not:
	// other versions of injection write it there, and not in a mapping.
	Former string `json:"former"`
	// Dual is what serves both families too, and stays.
	Dual address.Target `json:"dual"`
	// Absent is what it means that it is not there.
	Absent Absent `json:"absent"`
	// Authored says that injection sets it only if the author of the Pod asks for
	// it, so a value that is there stays.
	Authored bool `json:"authored"`
	// Skips says that the program goes on without an address that it cannot bind,
	// so that a kernel without IPv6 does no harm.
	Skips bool `json:"skips"`
	// Choice is where else the author of a Pod can set it.
	Choice Choice `json:"choice"`
}

// Absent is what it means that a setting is not there.
type Absent string

// The meanings.
const (
	AbsentAdded   Absent = "added"        // it is added, with its target for a value
	AbsentDual    Absent = "already-dual" // the program serves both families without
	AbsentTooOld  Absent = "too-old"      // the version of the sidecar does not have it
	AbsentSingle  Absent = "single-stack" // the program serves one family without
	AbsentUnknown Absent = "unknown"      // what the program does is told to it elsewhere
)

func absences() []Absent {
	return []Absent{AbsentAdded, AbsentDual, AbsentTooOld, AbsentSingle, AbsentUnknown}
}

// Of reports whether a container of this name has the setting.
func (s *Setting) Of(container string) bool {
	return len(s.Containers) == 0 || slices.Contains(s.Containers, container)
}

// In returns the values of the setting in a list of arguments, and the verdict on
// all of them together.
func (s *Setting) In(args []string) ([]setting.Value, address.Verdict) {
	if s.Dual.String() != "" {
		dual := s.Setting
		dual.Target = s.Dual
		if values, verdict := dual.InArguments(args); verdict == address.AlreadyDual {
			return values, verdict
		}
	}
	return s.InArguments(args)
}

// Rewrite returns what the value of a variable or an annotation becomes, and the
// verdict on it.
func (s *Setting) Rewrite(value string) (string, address.Verdict) {
	if _, verdict := s.Grammar.Rewrite(value, s.Dual); verdict == address.AlreadyDual {
		return value, verdict
	}
	text, verdict := s.Grammar.Rewrite(value, s.Target)
	if verdict == address.Changed && s.Authored {
		return value, address.Kept
	}
	return text, verdict
}

// NeedsIPv6 reports whether a container in which the setting changes does not
// start without IPv6 in the kernel.
func (s *Setting) NeedsIPv6() bool { return !s.Skips && s.Setting.NeedsIPv6() }

// Widens reports whether the sidecar can be reached from outside of the Pod over
// IPv6 once the setting has changed.
func (s *Setting) Widens() bool { return s.Grammar.Widens(s.Target) }

// String returns where the setting stands, for the documentation.
func (s *Setting) String() string {
	if s.Annotation != "" {
		return s.Annotation
	}
	return s.Setting.String()
}

// Changes reports whether s can become another value.
func (s *Setting) Changes() bool {
	return s.Annotation == "" && (s.Absent == AbsentAdded || !s.Authored && s.Target.String() != "0.0.0.0 or ::")
}
