package audit

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/dualstack-dev/webhook/mutate"
)

// A Report is what an audit found. Its JSON is for programs: a field is never
// renamed, and what is not there is empty.
type Report struct {
	Cluster Cluster `json:"cluster"`
	// Findings are about the cluster, and about what may not be read.
	Findings []Entry `json:"findings,omitempty"`
	// Namespaces are those that were asked for, by name; of all of the cluster
	// those that opted in, and those with something left of us.
	Namespaces []Namespace `json:"namespaces"`
}

// A Namespace is what there is to say about one.
type Namespace struct {
	Name string `json:"name"`
	// Mode is "off" for a namespace that has not opted in.
	Mode     mutate.Mode `json:"mode"`
	Pods     Pods        `json:"pods"`
	Services Services    `json:"services"`
	// Findings begin with what is to do.
	Findings []Entry `json:"findings,omitempty"`
	// Next are the next steps, in their order.
	Next []Step `json:"next,omitempty"`
}

// Pods counts those of a namespace that have not ended.
type Pods struct {
	Total int `json:"total"`
	// Outdated ones get other settings when they are created again.
	Outdated int `json:"outdated"`
	// Blocked ones do not get settings that they need.
	Blocked int `json:"blocked"`
	// OptedOut ones say that they are to be left alone.
	OptedOut int `json:"optedOut"`
}

// Services counts those of a namespace.
type Services struct {
	Total     int `json:"total"`
	DualStack int `json:"dualStack"`
}

// An Entry is a finding, and the object that has it.
type Entry struct {
	Level Level `json:"level"`
	// Object is what to act on: of a Pod its workload.
	Object Object `json:"object"`
	Finding
	// Pods are those of a workload that the finding is about, by name.
	Pods []string `json:"pods,omitempty"`
	// Reason is what the API server said; empty for what was found in an object.
	Reason string `json:"reason,omitempty"`
}

// An Object is one of a namespace, or of the cluster.
type Object struct {
	// Group is set where the kind alone would mislead: of a controller whose kind
	// is called like one of Kubernetes' own.
	Group string `json:"group,omitempty"`
	Kind  string `json:"kind"`
	Name  string `json:"name,omitempty"`
}

// String returns the object as kubectl describes it. All objects of a kind have
// no name.
func (o Object) String() string {
	text := o.Kind
	if o.Group != "" {
		text += "." + o.Group
	}
	if o.Name != "" {
		text += "/" + o.Name
	}
	return text
}

// HasFindings reports whether anything in the report asks for something: to act,
// or to look.
func (r *Report) HasFindings() bool {
	asks := func(e Entry) bool { return e.Level != Info }
	return slices.ContainsFunc(r.Findings, asks) ||
		slices.ContainsFunc(r.Namespaces, func(n Namespace) bool { return slices.ContainsFunc(n.Findings, asks) })
}

// Conclude adds what only the whole report tells, and brings it into its order,
// whatever that of its objects was.
func (r *Report) Conclude() {
	r.Findings = append(r.Findings, r.Cluster.ServiceRanges.check(r.Namespaces)...)
	slices.SortFunc(r.Findings, compareEntries)
	slices.SortFunc(r.Namespaces, func(a, b Namespace) int { return cmp.Compare(a.Name, b.Name) })
	for _, n := range r.Namespaces {
		slices.SortFunc(n.Findings, compareEntries)
	}
}

// CompareUrgency puts first what is a way around a mesh now, and then what asks for most.
func CompareUrgency(a, b Entry) int {
	return cmp.Or(cmp.Compare(b.urgency(), a.urgency()), cmp.Compare(b.Level, a.Level))
}

func compareEntries(a, b Entry) int {
	return cmp.Or(
		CompareUrgency(a, b),
		compareObjects(a.Object, b.Object),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Value, b.Value),
		cmp.Compare(a.Reason, b.Reason),
	)
}

// urgency is 1 for what cannot wait.
func (e Entry) urgency() int {
	if e.Code == CodeAroundMesh {
		return 1
	}
	return 0
}

// MarshalJSON adds what the code means.
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Entry
	return json.Marshal(struct {
		plain
		Sentence string `json:"sentence"`
		Cure     string `json:"cure,omitempty"`
	}{plain(e), e.Code.Sentence(), e.Code.Cure()})
}
