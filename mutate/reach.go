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

// IsDual reports whether the control plane of an injection is known to be dual-stack.
func (f Facts) IsDual(i Injection) bool { return f.Meshes[i.Mesh].OfTag(i.Revision) == Enabled }

// ReachedBy returns the first mesh that is not known to be dual-stack and whose injector
// can reach the namespace; "" if there is none, or if the Namespace says that no mesh
// takes part in it.
func (p Policy) ReachedBy() string {
	if p.Membership.None {
		return ""
	}
	for _, i := range p.Membership.Reached {
		if !p.Facts.IsDual(i) {
			return i.Mesh
		}
	}
	return ""
}

// MeshesOfPods returns the meshes that Pods made of a template will be in, of those that are
// not known to be dual-stack, sorted: by its sidecars, and by what it asks for itself. The
// policy is that of its namespace, whose own meshes do not count.
func (p Policy) MeshesOfPods(template *PodView) []string {
	if p.Membership.None || template.Metadata == nil || template.Spec == nil {
		return nil
	}
	var meshes []string
	for mesh, state := range ControlPlanes(template, p) {
		if state != Enabled {
			meshes = append(meshes, mesh)
		}
	}
	for _, i := range meshesOf(template.Metadata.Labels, template.Metadata.Annotations) {
		if !p.Facts.IsDual(i) {
			meshes = append(meshes, i.Mesh)
		}
	}
	slices.Sort(meshes)
	return slices.Compact(meshes)
}
