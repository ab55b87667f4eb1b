package mutate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// What the rows of the table ask. Each is a sentence about the Service.

func (c serviceCase) optedOut() bool {
	return c.policy.Mode.off() || c.Metadata.optedOut()
}

// deleting matters on an update: to give a dying Service a second address would
// take one from the living.
func (c serviceCase) deleting() bool { return c.Metadata.DeletionTimestamp != "" }

func (c serviceCase) inKubeSystem() bool {
	return c.Metadata.Namespace == "kube-system"
}

// isKubernetes holds for the Service whose endpoints are the API servers
// themselves, which are of one family:
// k8s.io/kubernetes/pkg/controlplane/controller/kubernetesservice.
func (c serviceCase) isKubernetes() bool {
	return c.Metadata.Namespace == corev1.NamespaceDefault && c.Metadata.Name == "kubernetes"
}

// exists matters because an update cannot tell the policy that the API server
// filled in from one that the author chose. An ExternalName has none, so when
// it becomes something else the API server fills it in as on creation:
// k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go.
func (c serviceCase) exists() bool {
	if c.before.ServiceView == nil {
		return false
	}
	return c.before.Spec == nil || c.before.Spec.Type != corev1.ServiceTypeExternalName
}

func (c serviceCase) isExternalName() bool {
	return c.Spec.Type == corev1.ServiceTypeExternalName
}

// isOfUnknownType takes an absent type for the default, ClusterIP: a manifest
// that no API server has seen may not have one.
func (c serviceCase) isOfUnknownType() bool {
	known := []corev1.ServiceType{"", corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer}
	return !slices.Contains(known, c.Spec.Type)
}

// saysSingleStack holds for any policy that is not one of two families: what a
// future one means is not known.
func (c serviceCase) saysSingleStack() bool {
	return c.Spec.IPFamilyPolicy != nil && !c.Spec.asksForBoth()
}

func (c serviceCase) saysDualStack() bool {
	return c.Spec.asksForBoth() && !c.lacksPrimaryFamily()
}

// isHeadlessWithoutSelector holds for Services that the API server makes
// dual-stack by itself, on a cluster with one family too.
func (c serviceCase) isHeadlessWithoutSelector() bool {
	return c.Spec.headless() && len(c.Spec.Selector) == 0
}

func (c serviceCase) isHeadlessWhereDisabled() bool {
	return c.Spec.headless() && !c.policy.Headless && !c.Spec.namesBothFamilies()
}

// namesOneFamily matters because whoever applies a list of one again asks the API
// server to take one of two away, which it does for SingleStack alone:
// k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go, initIPFamilyFields.
// A clusterIP without clusterIPs is no list.
func (c serviceCase) namesOneFamily() bool {
	return !c.Spec.namesBothFamilies() && (len(c.Spec.IPFamilies) > 0 || len(c.Spec.ClusterIPs) > 0 && !c.Spec.headless())
}

// hasOneFamily matters because a policy that the cluster cannot satisfy stays
// as it is when the cluster gets its second range, and then looks satisfied:
// the API server never adds a family to an existing Service on its own.
func (c serviceCase) hasOneFamily() bool { return c.policy.Facts.DualStack == Disabled }

func (c serviceCase) balances() bool { return c.Spec.Type == corev1.ServiceTypeLoadBalancer }

func (c serviceCase) balancesWhereDisabled() bool {
	return c.balances() && !c.policy.LoadBalancers && !c.Spec.namesBothFamilies()
}

func (c serviceCase) balancesWithOneRange() bool { return c.balances() && rangesOfOneFamily(c.After) }

func (c serviceCase) balancesAtOneAddress() bool { return c.balances() && addressOfOneFamily(c.After) }

func (c serviceCase) balancesOnSingleStackAWS() bool { return c.balances() && singleStackAWS(c.After) }

func (c serviceCase) mayBeMeshed() bool {
	return !c.policy.Membership.None && c.policy.Membership.Unknown
}

// isMeshed matters because a Service that is reachable over IPv6, in front of
// sidecars that capture only IPv4, goes around the mesh.
func (c serviceCase) isMeshed() bool {
	return len(c.policy.Membership.Selected) > 0 || slices.ContainsFunc(c.policy.Meshes(c.Metadata), func(i Injection) bool {
		return !c.policy.Facts.IsDual(i)
	})
}

// mayBeReached matters because a Pod can ask for injection itself, and some injectors do
// not wait to be asked: which Pods the Service will select, nobody knows.
func (c serviceCase) mayBeReached() bool    { return c.policy.ReachedBy() != "" }
func (c serviceCase) isMisunderstood() bool { return c.policy.rejects(CodeInvalidSetting) }

func (c serviceCase) hasMisunderstoodNamespace() bool { return c.policy.rejects(CodeInvalidNamespace) }

// lacksPrimaryFamily holds only where the cluster is known to have both
// families: the API server rejects one that it does not have. A Service that
// names no cluster IP is not headless, since the API server takes nothing but
// clusterIP: None for that.
func (c serviceCase) lacksPrimaryFamily() bool {
	return c.policy.PrimaryFamily != "" && c.policy.Facts.DualStack == Enabled &&
		len(c.Spec.IPFamilies) == 0 && c.Spec.ClusterIP == "" && len(c.Spec.ClusterIPs) == 0
}
