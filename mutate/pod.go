package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// Pod returns what must change in pod, which is about to be created, for its
// sidecars to serve both IP families.
func Pod(pod *PodView, p Policy) Result {
	if pod == nil || pod.Metadata == nil || pod.Spec == nil {
		return Result{Notes: []Note{{Code: CodeIncomplete}}}
	}
	if p.leavesAlone(pod.Metadata) {
		return Result{Notes: []Note{{Code: CodeOptedOut}}}
	}
	if measure, over := pod.exceeds(p); over {
		return OverLimit(measure)
	}
	p = p.With(pod.Metadata)
	c := podCase{PodView: pod, policy: p, recorder: recorder{notes: p.notes()}, fragile: pod.mirror()}
	c.containers = pod.Spec.all()
	c.annotations = sidecar.NewAnnotations(pod.Metadata.Annotations)
	for _, step := range podSteps {
		step(&c)
	}
	if p.givenUp() {
		return Result{}
	}
	if len(c.verdicts) == 0 {
		c.note(Note{Code: CodeNoSidecar})
	}
	if c.misunderstood() {
		return c.unchanged()
	}
	c.writeStatus()
	return c.result(pod.Metadata, p.Mode.changesPods())
}

// podSteps are what is looked at in a Pod, in this order. A step records what it
// changes, and leaves its verdicts for those after it.
var podSteps = []func(*podCase){(*podCase).sidecars, (*podCase).servers, (*podCase).noProxy}

// podCase is a Pod while it is decided about.
type podCase struct {
	recorder
	*PodView
	policy Policy
	// containers are those of both lists.
	containers  []foundContainer
	annotations *sidecar.Annotations
	verdicts    []verdict
	// fragile says that any patch would do harm, also one of nothing but the status.
	fragile bool
	// uncovered says that a mesh's sidecar is not known to capture IPv6, so nothing
	// in the Pod may begin to serve it.
	uncovered bool
}

// sidecars decides about each sidecar that is known. Those of meshes come first,
// because what becomes of them decides about the others.
func (c *podCase) sidecars() {
	found := findSidecars(c.Metadata, c.containers, c.policy.Profiles)
	c.fragile = c.fragile || slices.ContainsFunc(found, c.losesOverrides)
	for _, s := range found {
		if c.policy.givenUp() {
			return
		}
		v := s.decide(c)
		c.verdicts = append(c.verdicts, v)
		c.uncovered = c.uncovered || s.profile.Mesh && !v.code.serves()
	}
}

// writeStatus says in the Pod what was decided, where that does no harm.
func (c *podCase) writeStatus() {
	if c.patch.Operations() != nil || !c.fragile {
		c.status(c.Metadata, podStatus(c.verdicts, c.Metadata.Annotations[KeyStatus], c.patch.Operations() != nil))
	}
}

// mirror reports whether the Pod stands for a static Pod, which only the
// kubelet may change:
// https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/
func (p *PodView) mirror() bool {
	_, ok := p.Metadata.Annotations[keyMirror]
	return ok
}
