package audit

import (
	"maps"
	"slices"
)

// The codes of the state that a cluster is in. An audit has them beside those of
// advice and those of decisions.
const (
	CodePodOutdated       Code = "pod-outdated"
	CodePodLeft           Code = "pod-left"
	CodeAroundMesh        Code = "around-mesh"
	CodeIstiodUnknown     Code = "istiod-unknown"
	CodeServiceRangeFull  Code = "service-range-full"
	CodeNamespaceExcluded Code = "namespace-excluded"
	CodeInstallation      Code = "installation-unknown"
	CodeForbidden         Code = "forbidden"
	CodeNotConsistent     Code = "not-consistent"
)

// states is the table of codes of states.
var states = map[Code]meaning{
	CodePodOutdated:       {"the Pod was created without settings that one created now would get", "Restart the workload, once the namespace's mode is pods or apply."},
	CodePodLeft:           {"the Pod still has the settings that it got before its namespace left", "Restart the workload."},
	CodeAroundMesh:        {"the Service has both IP families, and a sidecar behind it captures one: the other goes around the mesh", "Restart the workload if that gives its Pods their settings; what stands against it is said of the workload. Until then take the second family back: ipFamilyPolicy: SingleStack, or dualstack services revert where it is ours."},
	CodeIstiodUnknown:     {"it is not known whether istiod is dual-stack, so it counts as if it were not", "Ask for the rights to list its Deployments and MutatingWebhookConfigurations, or say so in the settings istio.dualStack or istio.revisions."},
	CodeServiceRangeFull:  {"the second Service range has fewer addresses left than there are Services to upgrade", "Give it more with a ServiceCIDR: https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/."},
	CodeNamespaceExcluded: {"the Namespace has opted in, and the webhook leaves it out", "Look at the namespaceSelector of its webhook configuration: control planes' namespaces and the webhook's own are left out for good."},
	CodeInstallation:      {"something about the webhook's installation is not known, so what it would decide may differ", "Ask for the right to get it, or name the settings with --config."},
	CodeForbidden:         {"it may not be read, so nothing is known about it", "Ask for the right to get and list it."},
	CodeNotConsistent:     {"the list took longer than the API server keeps its state, so it is of two moments", "Run the audit again if something was created or restarted meanwhile."},
}

// StateCodes returns every code of a state, sorted.
func StateCodes() []Code {
	return slices.Sorted(maps.Keys(states))
}
