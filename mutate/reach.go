package mutate

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
)

// Reach is where an injector can reach.
type Reach struct {
	Injection
	// Namespaces selects those whose Pods it may be asked about.
	Namespaces labels.Selector
}

// reaching returns the injections that can reach the Pods of a namespace with these
// labels, each once.
func (f Facts) reaching(namespace map[string]string) []Injection {
	var found []Injection
	for _, r := range f.Reach {
		if r.Namespaces.Matches(labels.Set(namespace)) && !slices.Contains(found, r.Injection) {
			found = append(found, r.Injection)
		}
	}
	return found
}

// isDual reports whether the control plane of an injection is known to be dual-stack.
func (f Facts) isDual(i Injection) bool { return f.Meshes[i.Mesh].OfTag(i.Revision) == Enabled }

// ReachedBy returns the first mesh that is not known to be dual-stack and whose injector
// can reach the namespace; "" if there is none, or if the Namespace says that no mesh
// takes part in it.
func (p Policy) ReachedBy() string {
	if p.Membership.None {
		return ""
	}
	for _, i := range p.Membership.Reached {
		if !p.Facts.isDual(i) {
			return i.Mesh
		}
	}
	return ""
}
