package audit

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Revert returns what is to become of a Service for it to be what it would be
// without us. Only the mark says that something of it is ours, and only what
// nobody has chosen since is taken back.
func Revert(service *corev1.Service) Plan {
	c := revertCase{service: service, chosen: choicesIn(service), stack: stackOf(service)}
	text, marked := service.Annotations[mutate.KeyStatus]
	c.mark, c.understood = parseMark(text)
	c.marked = marked
	for _, row := range revertRows {
		if row.about(c) {
			return c.plan(row.reason)
		}
	}
	return c.plan(CodeOneFamilyAgain)
}

// revertCase is what the rows are asked about.
type revertCase struct {
	service            *corev1.Service
	chosen             choices
	stack              Stack
	mark               mark
	marked, understood bool
}

// revertRows say why the Service does not go back to one family. The first that is
// about it decides.
var revertRows = []struct {
	reason Reason
	about  func(revertCase) bool
}{
	{CodeNoMark, func(c revertCase) bool { return !c.marked }},
	{mutate.CodeOptedOut, func(c revertCase) bool { return optsOut(c.service) }},
	{mutate.CodeDeleting, func(c revertCase) bool { return c.service.DeletionTimestamp != nil }},
	{CodeMarkUnknown, func(c revertCase) bool { return !c.understood }},
	{CodeMarkOutlived, revertCase.isSingle},
	{CodePolicyChosen, func(c revertCase) bool { return c.chosen.policy || c.mark.policy != c.stack.Policy }},
	{CodeFamiliesNamed, revertCase.namesFamilies},
	{CodePrimaryFixed, revertCase.isPrimaryFixed},
}

// isSingle holds for a Service that somebody has taken back, and for one that has
// become an ExternalName. One that prefers both families and has one is still
// what we made it.
func (c revertCase) isSingle() bool {
	return c.stack.Policy == corev1.IPFamilyPolicySingleStack || len(c.stack.Families) == 0
}

// namesFamilies holds for a Service whose author names families or addresses, one or
// two: that cannot be told. With two the API server would have refused it without a
// policy, and would refuse what is applied next.
func (c revertCase) namesFamilies() bool {
	headless := c.service.Spec.ClusterIP == corev1.ClusterIPNone
	return len(c.stack.Families) > 1 && (c.chosen.families || c.chosen.clusterIPs && !headless)
}

// isPrimaryFixed matters because the family that would be left may not be the one
// that clients of one family have.
func (c revertCase) isPrimaryFixed() bool {
	return c.mark.primary != "" && c.mark.primary == c.stack.Families[0]
}

// plan returns the plan for this reason. Where something changes the mark goes.
func (c revertCase) plan(reason Reason) Plan {
	plan := Plan{Reason: reason, From: c.stack, To: c.stack}
	if reason.Kind() != mutate.Change {
		return plan.finished(c.service)
	}
	var b patch.Builder
	if reason == CodeOneFamilyAgain {
		plan.To = c.stack.single()
		b.Replace("/spec/ipFamilyPolicy", string(corev1.IPFamilyPolicySingleStack))
	}
	b.Remove(statusPath())
	plan.Patch = b.Operations()
	return plan
}
