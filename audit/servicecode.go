package audit

import (
	"maps"
	"slices"

	"github.com/dualstack-dev/webhook/mutate"
)

// A Reason is why something becomes of a Service, or nothing: a [mutate.Code]
// where it is what the webhook would say as well, or a [ServiceCode].
type Reason interface {
	Kind() mutate.Kind
	// Sentence returns what it means, without a full stop.
	Sentence() string
	// Cure returns what to do about it; empty where there is nothing to do.
	Cure() string
}

// ServiceCode names a kind of decision about a Service that exists. Like a
// [mutate.Code] it is never renamed, and no code is one of both.
type ServiceCode string

// The codes of upgrades.
const (
	CodeSecondFamily   ServiceCode = "second-family"
	CodeNamespaceMode  ServiceCode = "namespace-mode"
	CodeClusterUnknown ServiceCode = "cluster-unknown"
	CodeNoPods         ServiceCode = "no-pods"
	CodePodsNotReady   ServiceCode = "pods-not-ready"
	CodePodsOneFamily  ServiceCode = "pods-one-family"
	CodeNoReadyPods    ServiceCode = "no-ready-pods"
)

// The codes of reverts.
const (
	CodeOneFamilyAgain ServiceCode = "one-family-again"
	CodePolicyChosen   ServiceCode = "policy-chosen"
	CodeMarkOutlived   ServiceCode = "mark-outlived"
	CodeFamiliesNamed  ServiceCode = "families-named"
	CodePrimaryFixed   ServiceCode = "primary-fixed"
	CodeMarkUnknown    ServiceCode = "mark-unknown"
	CodeNoMark         ServiceCode = "no-mark"
)

// CodeUnfinished is one of both.
const CodeUnfinished ServiceCode = "unfinished"

// serviceCodes is the table from which the documentation is made.
var serviceCodes = map[ServiceCode]struct {
	kind     mutate.Kind
	sentence string
	cure     string
}{
	CodeUnfinished: {mutate.Change, "an earlier run was interrupted: it still owns fields of the Service, and gives them up", ""},

	CodeSecondFamily:   {mutate.Change, "the Service prefers dual-stack already, and gets its second family", ""},
	CodeNamespaceMode:  {mutate.Leave, "its namespace does not say mode apply, or the webhook is not called for it", "Label the Namespace dualstack.dev/mode=apply once its Pods carry their settings."},
	CodeClusterUnknown: {mutate.Refuse, "it is not known whether the cluster is dual-stack", "Ask for the right to get the ServiceCIDR kubernetes, or say so in the setting cluster.dualStack."},
	CodeNoPods:         {mutate.Refuse, "it is in a mesh, and there is no Pod that tells whether its sidecar serves both IP families", "Upgrade it once its Pods run. One without a selector is for you to change."},
	CodePodsNotReady:   {mutate.Refuse, "a Pod that it selects does not carry its sidecar's settings", "Restart its workload; if that does not help, see what dualstack mutate -o notes says of it."},
	CodePodsOneFamily:  {mutate.Refuse, "a Pod that it selects has addresses of one IP family", "Give the Pods' network its second range, and restart the workload."},
	CodeNoReadyPods:    {mutate.Refuse, "none of the Pods that it selects is ready", "See why they are not; upgrade it once one is."},

	CodeOneFamilyAgain: {mutate.Change, "the Service goes back to one IP family, and the API server releases the second address", ""},
	CodePolicyChosen:   {mutate.Change, "its author has chosen the policy: the families stay, and the mark goes", "To take the second family back, say ipFamilyPolicy: SingleStack in its manifest."},
	CodeMarkOutlived:   {mutate.Change, "the second family is gone already: the mark goes", ""},
	CodeFamiliesNamed:  {mutate.Refuse, "its author names IP families or addresses, and with two of them the API server takes no policy but a dual-stack one", "Take them out of its manifest, or say there which policy it is to have."},
	CodePrimaryFixed:   {mutate.Refuse, "its first family was chosen for it as it was created, and that cannot change", "To have the cluster's own first family alone, delete and create it."},
	CodeMarkUnknown:    {mutate.Refuse, "what its annotation dualstack.dev/status says is not understood", "A later version of this program may have written it."},
	CodeNoMark:         {mutate.Leave, "nothing of it is ours", ""},
}

// ServiceCodes returns every code, sorted.
func ServiceCodes() []ServiceCode {
	return slices.Sorted(maps.Keys(serviceCodes))
}

// Kind returns what a decision with this code came to.
func (c ServiceCode) Kind() mutate.Kind { return serviceCodes[c].kind }

// Sentence returns what the code means, without a full stop.
func (c ServiceCode) Sentence() string { return serviceCodes[c].sentence }

// Cure returns what to do about it; empty where there is nothing to do.
func (c ServiceCode) Cure() string { return serviceCodes[c].cure }
