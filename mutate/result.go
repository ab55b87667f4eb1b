package mutate

import (
	"slices"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Result is what a mutation comes to. The zero Result changes nothing.
type Result struct {
	// Patch is nil when nothing changes, and when the mode is to report.
	Patch []jsonpatch.Operation
	// Notes holds one note for each decision, in the order of the object. A
	// Note whose code is about a change says what changes, or, without a
	// Patch, what would.
	Notes []Note
}

// Reported reports whether r holds changes that its mode does not allow to be
// made.
func (r Result) Reported() bool {
	return r.Patch == nil && slices.ContainsFunc(r.Notes, func(n Note) bool { return n.Code.Kind() == Change })
}

// Under returns r for an object that is at prefix in another one, as a Pod is
// in a workload's template.
func (r Result) Under(prefix patch.Path) Result {
	under := Result{Patch: slices.Clone(r.Patch), Notes: slices.Clone(r.Notes)}
	for i := range under.Patch {
		under.Patch[i].Path = string(prefix) + under.Patch[i].Path
	}
	for i := range under.Notes {
		under.Notes[i].Path = prefix + under.Notes[i].Path
	}
	return under
}

// recorder collects a Result.
type recorder struct {
	patch patch.Builder
	notes []Note
	// annotated is how many annotations are added, and grown by how many bytes all
	// of them grow, as the API server counts them.
	annotated, grown int
}

func (r *recorder) note(n Note) {
	r.notes = append(r.notes, n)
}

// annotate sets an annotation of the object that m is of.
func (r *recorder) annotate(m *MetadataView, key, value string) {
	r.patch.SetEntry("/metadata/annotations", len(m.Annotations)+r.annotated, key, value)
	old, ok := m.Annotations[key]
	if !ok {
		r.annotated++
		r.grown += len(key)
	}
	r.grown += len(value) - len(old)
}

// misunderstood reports whether the value of a setting is not known.
func (r *recorder) misunderstood() bool {
	return slices.ContainsFunc(r.notes, func(n Note) bool { return n.Code == CodeInvalidSetting || n.Code == CodeInvalidNamespace })
}

// unchanged returns what there is to say about an object that stays as it is.
func (r *recorder) unchanged() Result {
	return Result{Notes: slices.DeleteFunc(r.notes, func(n Note) bool { return n.Code.Kind() == Change })}
}

// result drops the patch unless the mode makes changes. It leaves an object alone
// whose annotations have no room for what is written there: the API server would
// refuse it.
func (r *recorder) result(m *MetadataView, makesChanges bool) Result {
	if r.grown > 0 && sizeOf(m.Annotations)+r.grown > limits[Annotations].Max {
		return Result{Notes: []Note{{Code: CodeAnnotationsFull, Path: limits[Annotations].Path}}}
	}
	if !makesChanges {
		return Result{Notes: r.notes}
	}
	return Result{Patch: r.patch.Operations(), Notes: r.notes}
}
