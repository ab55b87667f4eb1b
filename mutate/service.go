package mutate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// pathPolicy is the only field of a Service's spec that is ever written.
// Writing ipFamilies could turn a valid request into a rejected one; the policy
// alone cannot: k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go,
// initIPFamilyFields.
const pathPolicy = "/spec/ipFamilyPolicy"

// Service returns what must change in the Service for it to serve both IP
// families; before is empty when it is being created.
//
// At that moment the API server has not filled in the policy yet, so a policy
// that is set is its author's choice.
func Service(after After, before Before, p Policy) Result {
	if after.ServiceView == nil || after.Metadata == nil || after.Spec == nil {
		return Result{Notes: []Note{{Code: CodeIncomplete}}}
	}
	p = p.With(after.Metadata)
	r := recorder{notes: p.invalid}
	if code := leaveService(after, before, p); code != "" {
		r.note(Note{Code: code})
		return r.result(false)
	}
	want := string(corev1.IPFamilyPolicyPreferDualStack)
	r.patch.Set(pathPolicy, want)
	r.note(Note{Code: CodeServiceDualStack, Path: pathPolicy, New: want})
	r.status(after.Metadata, serviceStatus)
	return r.result(p.Mode.changesServices())
}

// leaveService returns the first reason to leave the Service alone; empty if
// there is none.
func leaveService(after After, before Before, p Policy) Code {
	rules := []func(After, Before, Policy) Code{
		leaveOptedOut,
		leaveUpdate,
		leaveKubernetes,
		leaveType,
		leavePolicy,
		leaveHeadless,
		leaveCluster,
		leaveLoadBalancer,
		leaveMeshed,
	}
	for _, rule := range rules {
		if code := rule(after, before, p); code != "" {
			return code
		}
	}
	return ""
}

func leaveOptedOut(after After, _ Before, p Policy) Code {
	if p.Mode.off() || after.Metadata.optedOut() {
		return CodeOptedOut
	}
	return ""
}

// leaveUpdate holds because an update cannot tell the policy that the API
// server filled in from one that the author chose.
func leaveUpdate(_ After, before Before, _ Policy) Code {
	if before.ServiceView != nil {
		return CodeUpdate
	}
	return ""
}

// leaveKubernetes holds for the Service whose endpoints are the API servers
// themselves, which are of one family:
// k8s.io/kubernetes/pkg/controlplane/controller/kubernetesservice.
func leaveKubernetes(after After, _ Before, _ Policy) Code {
	if after.Metadata.Namespace == corev1.NamespaceDefault && after.Metadata.Name == "kubernetes" {
		return CodeKubernetesService
	}
	return ""
}

// leaveType takes an absent type for the default, ClusterIP: a manifest that no
// API server has seen may not have one.
func leaveType(after After, _ Before, _ Policy) Code {
	switch after.Spec.Type {
	case "", corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer:
		return ""
	case corev1.ServiceTypeExternalName:
		return CodeExternalName
	default:
		return CodeServiceType
	}
}

func leavePolicy(after After, _ Before, _ Policy) Code {
	switch policy := after.Spec.IPFamilyPolicy; {
	case policy == nil:
		return ""
	case *policy == corev1.IPFamilyPolicyPreferDualStack, *policy == corev1.IPFamilyPolicyRequireDualStack:
		return CodeAlreadyDual
	default:
		return CodeExplicitSingleStack
	}
}

func leaveHeadless(after After, _ Before, p Policy) Code {
	switch spec := after.Spec; {
	case !spec.headless():
		return ""
	case len(spec.Selector) == 0:
		return CodeHeadlessNoSelector
	case !p.Headless && !spec.namesBothFamilies():
		return CodeHeadlessOff
	default:
		return ""
	}
}

// leaveCluster holds because a policy that the cluster cannot satisfy stays as
// it is when the cluster gets its second range, and then looks satisfied: the
// API server never adds a family to an existing Service on its own.
func leaveCluster(_ After, _ Before, p Policy) Code {
	if p.Facts.DualStack == Disabled {
		return CodeClusterSingleStack
	}
	return ""
}

func leaveLoadBalancer(after After, _ Before, p Policy) Code {
	switch spec := after.Spec; {
	case spec.Type != corev1.ServiceTypeLoadBalancer:
		return ""
	case !p.LoadBalancers && !spec.namesBothFamilies():
		return CodeLoadBalancerOff
	default:
		return guardLoadBalancer(after)
	}
}

// leaveMeshed holds because a Service that is reachable over IPv6, in front of
// sidecars that capture only IPv4, goes around the mesh.
func leaveMeshed(after After, _ Before, p Policy) Code {
	if p.Membership.None {
		return ""
	}
	if p.Membership.Unknown {
		return CodeNamespaceUnknown
	}
	meshes := slices.Concat(p.Membership.Meshes, meshesOf(after.Metadata.Labels, after.Metadata.Annotations))
	for _, mesh := range meshes {
		if p.Facts.Meshes[mesh] != Enabled {
			return CodeMeshNotDual
		}
	}
	return ""
}
