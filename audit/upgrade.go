package audit

import (
	"slices"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Upgrade returns what is to become of a Service that the API server has stored,
// for it to serve both IP families: what the webhook would have made of it as it
// was created, but only if its Pods are known to be ready for it, and nobody has
// chosen otherwise since. The policy is that of its namespace, with its mode; the
// backends are the Pods of the namespace.
func Upgrade(service *corev1.Service, p mutate.Policy, backends []Backend) Plan {
	c := upgradeCase{
		service: service, policy: p, chosen: choicesIn(service), stack: stackOf(service),
		selected: selectedBy(service.Spec.Selector, backends),
	}
	if len(c.selected) > 0 { // Each of them says itself whether it is in a mesh.
		c.policy.Membership.Reached = nil
	}
	c.created = c.asCreated()
	for _, row := range upgradeRows {
		if reason := row(c); reason != nil {
			plan := Plan{Reason: reason, From: c.stack, To: c.stack, Pods: c.against(reason)}
			return plan.finished(service)
		}
	}
	return c.change()
}

// upgradeCase is what the rows are asked about.
type upgradeCase struct {
	service  *corev1.Service
	policy   mutate.Policy
	chosen   choices
	stack    Stack
	selected []Backend
	created  mutate.Result // what the webhook would have said
}

// upgradeRows say why nothing of the kind is done, or nil. The first that says
// something decides: first what nobody wants, then what is done already, then what
// the webhook would not do either, and last what only a Service that exists has.
var upgradeRows = []func(upgradeCase) Reason{
	upgradeCase.optedOut,
	upgradeCase.modeIsNotApply,
	upgradeCase.isDual,
	upgradeCase.hasNoFamilies,
	upgradeCase.refusedAsCreated,
	upgradeCase.clusterIsUnknown,
	upgradeCase.lacksPods,
	upgradeCase.podsStandAgainstIt,
	upgradeCase.lacksReadyPods,
}

func (c upgradeCase) optedOut() Reason {
	if optsOut(c.service) {
		return mutate.CodeOptedOut
	}
	return nil
}

func (c upgradeCase) modeIsNotApply() Reason {
	if c.policy.Mode != mutate.ModeApply {
		return CodeNamespaceMode
	}
	return nil
}

func (c upgradeCase) isDual() Reason {
	if len(c.stack.Families) > 1 {
		return mutate.CodeAlreadyDual
	}
	return nil
}

// hasNoFamilies holds for an ExternalName, which the webhook knows, and for what no
// API server of today stores.
func (c upgradeCase) hasNoFamilies() Reason {
	if len(c.stack.Families) == 0 && c.row().Code.Kind() == mutate.Change {
		return mutate.CodeIncomplete
	}
	return nil
}

// asCreated returns what the webhook says of the Service as its author would have
// created it: without a policy, unless it is one that the author chose. To prefer
// both families and to have one is no choice of one: the API server gives the
// second only to what changes.
func (c upgradeCase) asCreated() mutate.Result {
	view := mutate.ServiceViewOf(c.service)
	if !c.chosen.policy || c.stack.Policy == corev1.IPFamilyPolicyPreferDualStack {
		view.Spec.IPFamilyPolicy = nil
	}
	if !c.chosen.families {
		view.Spec.IPFamilies = nil
	}
	if !c.chosen.clusterIPs {
		view.Spec.ClusterIPs = nil
	}
	return mutate.Service(mutate.After{ServiceView: view}, mutate.Before{}, c.policy)
}

// row is the note of the row that decided: the last.
func (c upgradeCase) row() mutate.Note { return c.created.Notes[len(c.created.Notes)-1] }

func (c upgradeCase) refusedAsCreated() Reason {
	if code := c.row().Code; code.Kind() != mutate.Change {
		return code
	}
	return nil
}

func (c upgradeCase) clusterIsUnknown() Reason {
	if c.policy.Facts.DualStack != mutate.Enabled {
		return CodeClusterUnknown
	}
	return nil
}

// lacksPods holds in a mesh, where a Pod that is not there is one that is not
// known. Elsewhere nothing is asked of Pods that only they could tell.
func (c upgradeCase) lacksPods() Reason {
	meshes := c.policy.Meshes(mutate.ServiceViewOf(c.service).Metadata)
	if len(c.selected) == 0 && len(meshes) > 0 {
		return CodeNoPods
	}
	return nil
}

func (c upgradeCase) podsStandAgainstIt() Reason {
	for _, b := range c.selected {
		if b.Against != nil {
			return b.Against
		}
	}
	return nil
}

// lacksReadyPods matters because Pods that do not serve one family cannot show that they
// would serve two.
func (c upgradeCase) lacksReadyPods() Reason {
	if len(c.selected) > 0 && !slices.ContainsFunc(c.selected, func(b Backend) bool { return !b.Unready }) {
		return CodeNoReadyPods
	}
	return nil
}

// against returns the Pods that are the reason.
func (c upgradeCase) against(reason Reason) []string {
	var names []string
	for _, b := range c.selected {
		if b.Against != nil && b.Against == reason || reason == CodeNoReadyPods {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	return names
}

// change returns the plan that makes the Service dual-stack.
func (c upgradeCase) change() Plan {
	plan := Plan{Reason: c.row().Code, Patch: c.created.Patch, From: c.stack, Notes: c.created.Notes[:len(c.created.Notes)-1]}
	if c.stack.Policy != corev1.IPFamilyPolicyPreferDualStack {
		plan.To = c.stack.dual(corev1.IPFamilyPolicy(c.row().New))
		plan.Mark = mark{policy: plan.To.Policy}.String()
		return plan
	}
	plan.Reason, plan.Mark = CodeSecondFamily, c.secondFamilyMark().String()
	plan.Patch = c.addFamily(plan.Mark)
	plan.To = c.stack.dual(c.stack.Policy)
	return plan
}

// addFamily names the second family: to a Service that prefers both and has one
// the API server gives the other in no other way.
// k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go, initIPFamilyFields.
func (c upgradeCase) addFamily(mark string) []jsonpatch.Operation {
	var b patch.Builder
	b.Append("/spec/ipFamilies", len(c.stack.Families), string(c.stack.missing()))
	b.SetEntry("/metadata/annotations", len(c.service.Annotations), mutate.KeyStatus, mark)
	return b.Operations()
}

// secondFamilyMark says that the family is ours. A policy that was ours stays
// ours.
func (c upgradeCase) secondFamilyMark() mark {
	m, _ := parseMark(c.service.Annotations[mutate.KeyStatus])
	if c.chosen.policy {
		m = mark{}
	}
	m.added = c.stack.missing()
	return m
}
