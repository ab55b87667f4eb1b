package sidecar

import "slices"

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
	// Outcome is what becomes of it.
	Outcome Outcome `json:"outcome"`
	// About says for the documentation what becomes of it, and why.
	About string `json:"about"`
	// Cure says what the operator must do where it does not become dual-stack;
	// empty where the code says it.
	Cure string `json:"cure"`
	// Mesh says that it redirects the traffic of the Pod: unless it is known to
	// serve both families, nothing else in the Pod is made to.
	Mesh bool `json:"mesh"`
	// Containers are the names by which its containers are recognised, in
	// initContainers and in containers.
	Containers []string `json:"containers"`
	// Prefixes are what the names begin with of containers that an injector gives
	// a name of their own.
	Prefixes []string `json:"prefixes"`
	// Where tells it apart if others give their containers the same names.
	Where Where `json:"where"`
	// Elsewhere is where something that is not in the Pod has the last word about the
	// switch, so that what stands in the Pod for it proves nothing; the zero Where is
	// nowhere.
	Elsewhere Where `json:"elsewhere"`
	// Capture is the container that sets up the redirection, of those above. In a
	// Pod without it something outside of the Pod does, and cannot be seen.
	Capture string `json:"capture"`
	// Settings are what decides which families it serves.
	Settings []Setting `json:"settings"`
	// CIDRLists are the lists of ranges that say which traffic it captures.
	CIDRLists []CIDRList `json:"cidrLists"`
	// Version is from which of its versions on it can serve both families.
	Version Version `json:"version"`
	// Revision is where a Pod says which control plane injected it; empty for a
	// sidecar that has one control plane, or none.
	Revision Revision `json:"revision"`
	// Overrides is where injection keeps what the author set in its containers.
	Overrides Overrides `json:"overrides"`
	// Verified is the version of the project that this was verified with.
	Verified string `json:"verified"`
	// Sources are the URLs where this knowledge comes from.
	Sources []string `json:"sources"`

	// off says that the operator wants it to be left alone.
	off bool
	// rank is its place in a Set.
	rank int
}

// Outcome is what becomes of a sidecar at best.
type Outcome string

// The outcomes.
const (
	// Rewritten is the outcome for one whose settings become dual-stack.
	Rewritten Outcome = "rewritten"
	// AlreadyDual is that for one that is dual-stack by itself.
	AlreadyDual Outcome = "already-dual"
	// OwnSwitch is that for one whose project has a switch for it. Its settings
	// are read, to know how the switch stands.
	OwnSwitch Outcome = "own-switch"
	// Refused is that for one that cannot serve both families.
	Refused Outcome = "refused"
	// Recognised is that for one whose settings are not in the Pod.
	Recognised Outcome = "recognised"
)

func outcomes() []Outcome {
	return []Outcome{Rewritten, AlreadyDual, OwnSwitch, Refused, Recognised}
}

// Where tells a sidecar apart in a Pod: at least one of these is there. The zero
// Where is everywhere.
type Where struct {
	// Annotations and Labels are keys of the Pod's.
	Annotations []string `json:"annotations"`
	Labels      []string `json:"labels"`
	// Env are variables of its containers.
	Env []string `json:"env"`
}

// IsZero reports whether w is everywhere.
func (w Where) IsZero() bool {
	return len(w.Annotations) == 0 && len(w.Labels) == 0 && len(w.Env) == 0
}

// In reports whether a Pod with these annotations and labels is one of w, or has
// a container with one of these variables.
func (w Where) In(annotations, labels map[string]string, hasVariable func(name string) bool) bool {
	if w.IsZero() {
		return true
	}
	for _, key := range w.Annotations {
		if _, ok := annotations[key]; ok {
			return true
		}
	}
	for _, key := range w.Labels {
		if _, ok := labels[key]; ok {
			return true
		}
	}
	return slices.ContainsFunc(w.Env, hasVariable)
}

// Off reports whether the operator wants the sidecar to be left alone.
func (p *Profile) Off() bool { return p.off }

// Rank is the place of the profile in its Set: that of meshes comes first,
// because what becomes of them decides about the others.
func (p *Profile) Rank() int { return p.rank }
