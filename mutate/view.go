package mutate

import corev1 "k8s.io/api/core/v1"

// PodView names the fields of a Pod that are read. A field that it does not
// name cannot be lost or changed, and costs nothing to skip. A pointer is nil
// where the object has no such member, or null.
type PodView struct {
	Metadata *MetadataView `json:"metadata"`
	Spec     *PodSpecView  `json:"spec"`
}

// MetadataView names the metadata that is read.
type MetadataView struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	// DeletionTimestamp is empty unless the object is being deleted.
	DeletionTimestamp string `json:"deletionTimestamp"`
}

// PodSpecView names the fields of a Pod's spec that are read.
type PodSpecView struct {
	InitContainers []ContainerView `json:"initContainers"`
	Containers     []ContainerView `json:"containers"`
	HostNetwork    bool            `json:"hostNetwork"`
	OS             *PodOSView      `json:"os"`
	// SecurityContext is the Pod's, not that of its containers.
	SecurityContext *PodSecurityView `json:"securityContext"`
}

// PodSecurityView names the fields of a Pod's security context that are read.
type PodSecurityView struct {
	Sysctls []SysctlView `json:"sysctls"`
}

// SysctlView is a setting of the Pod's kernel.
type SysctlView struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PodOSView names the fields of a Pod's operating system that are read.
type PodOSView struct {
	Name corev1.OSName `json:"name"`
}

// ContainerView names the fields of a container that are read.
type ContainerView struct {
	Name    string       `json:"name"`
	Command []string     `json:"command"`
	Args    []string     `json:"args"`
	Env     []EnvVarView `json:"env"`
}

// EnvVarView is an environment variable; of a value that comes from elsewhere
// it only says that it does.
type EnvVarView struct {
	Name      string    `json:"name"`
	Value     string    `json:"value"`
	ValueFrom *struct{} `json:"valueFrom"`
}

// ServiceView names the fields of a Service that are read.
type ServiceView struct {
	Metadata *MetadataView    `json:"metadata"`
	Spec     *ServiceSpecView `json:"spec"`
}

// ServiceSpecView names the fields of a Service's spec that are read.
type ServiceSpecView struct {
	Type                     corev1.ServiceType     `json:"type"`
	Selector                 map[string]string      `json:"selector"`
	ClusterIP                string                 `json:"clusterIP"`
	ClusterIPs               []string               `json:"clusterIPs"`
	IPFamilyPolicy           *corev1.IPFamilyPolicy `json:"ipFamilyPolicy"`
	IPFamilies               []corev1.IPFamily      `json:"ipFamilies"`
	ExternalIPs              []string               `json:"externalIPs"`
	LoadBalancerIP           string                 `json:"loadBalancerIP"`
	LoadBalancerClass        string                 `json:"loadBalancerClass"`
	LoadBalancerSourceRanges []string               `json:"loadBalancerSourceRanges"`
}

// After is a Service as it is about to be stored. It is not the type of a
// Service before, so that the two cannot be swapped.
type After struct{ *ServiceView }

// Before is a Service as it is stored; the zero Before means that it is being
// created.
type Before struct{ *ServiceView }

// headless reports whether the Service asks for no cluster IP. The API server
// rejects clusterIPs without clusterIP; an offline manifest may have them.
func (s *ServiceSpecView) headless() bool {
	if s.ClusterIP != "" {
		return s.ClusterIP == corev1.ClusterIPNone
	}
	return len(s.ClusterIPs) > 0 && s.ClusterIPs[0] == corev1.ClusterIPNone
}

// namesBothFamilies reports whether the author asks for both families, by name
// or by address. Without a policy the API server rejects such a Service, so no
// setting of the operator's stands against it.
func (s *ServiceSpecView) namesBothFamilies() bool {
	return len(s.IPFamilies) > 1 || len(s.ClusterIPs) > 1
}

// asksForBoth reports whether the author chose a policy of two families.
func (s *ServiceSpecView) asksForBoth() bool {
	policy := s.IPFamilyPolicy
	return policy != nil && (*policy == corev1.IPFamilyPolicyPreferDualStack || *policy == corev1.IPFamilyPolicyRequireDualStack)
}

// optedOut reports whether the object says that it is to be left alone.
func (m *MetadataView) optedOut() bool {
	return m.Labels[KeyMode] == string(ModeOff)
}
