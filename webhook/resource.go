package webhook

import (
	admissionv1 "k8s.io/api/admission/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// resource is how the reviews of one resource are read and decided. O is the view of
// its objects.
type resource[O any] struct {
	name string // as in metrics and paths
	kind string
	// reads and readsOld report whether the object, and the one before, is read.
	reads, readsOld func(*request[O]) bool
	// readObject reads the next value into o, which may be nil, and returns it.
	readObject func(r *reader, o *O, a ask[O]) *O
	// readOutline reads of it what says what must be read of the rest.
	readOutline func(r *reader, o *O) *O
	decide      func(*request[O], mutate.Policy) mutate.Result
}

// ask says what is asked for in an object.
type ask[O any] struct {
	policy mutate.Policy
	// outline is the object as readOutline read it; nil if nothing is known of it yet.
	outline *O
}

// pods are read and changed on CREATE only: what is written cannot be changed later.
func pods() resource[mutate.PodView] {
	return resource[mutate.PodView]{
		name:        "pods",
		kind:        "Pod",
		reads:       isCreation[mutate.PodView],
		readsOld:    never[mutate.PodView],
		readObject:  readPod,
		readOutline: readPodOutline,
		decide:      decidePod,
	}
}

func decidePod(q *request[mutate.PodView], p mutate.Policy) mutate.Result {
	if !isCreation(q) {
		return unchanged()
	}
	return mutate.Pod(q.Object, p)
}

// services are read whole: they are small.
func services() resource[mutate.ServiceView] {
	return resource[mutate.ServiceView]{
		name:        "services",
		kind:        "Service",
		reads:       always[mutate.ServiceView],
		readsOld:    always[mutate.ServiceView],
		readObject:  readService,
		readOutline: skipService,
		decide:      decideService,
	}
}

func decideService(q *request[mutate.ServiceView], p mutate.Policy) mutate.Result {
	if !isCreation(q) && q.OldObject == nil {
		return unchanged()
	}
	return mutate.Service(mutate.After{ServiceView: q.Object}, mutate.Before{ServiceView: q.OldObject}, p)
}

func isCreation[O any](q *request[O]) bool { return q.Operation == admissionv1.Create }
func always[O any](*request[O]) bool       { return true }
func never[O any](*request[O]) bool        { return false }

// unchanged is the result of an operation that changes nothing.
func unchanged() mutate.Result {
	return mutate.Result{Notes: []mutate.Note{{Code: mutate.CodeUpdate}}}
}
