package mutate

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PodViewOf returns what is read of a Pod that a client has decoded already: the
// same as decoding its JSON into a view.
func PodViewOf(pod *corev1.Pod) *PodView {
	view := &PodView{
		Metadata: metadataViewOf(&pod.ObjectMeta),
		Spec: &PodSpecView{
			InitContainers:  containerViewsOf(pod.Spec.InitContainers),
			Containers:      containerViewsOf(pod.Spec.Containers),
			HostNetwork:     pod.Spec.HostNetwork,
			SecurityContext: securityViewOf(pod.Spec.SecurityContext),
		},
	}
	if os := pod.Spec.OS; os != nil {
		view.Spec.OS = &PodOSView{Name: os.Name}
	}
	return view
}

// ServiceViewOf returns what is read of a Service that a client has decoded
// already: the same as decoding its JSON into a view.
func ServiceViewOf(service *corev1.Service) *ServiceView {
	spec := &service.Spec
	view := &ServiceView{
		Metadata: metadataViewOf(&service.ObjectMeta),
		Spec: &ServiceSpecView{
			Type:                     spec.Type,
			Selector:                 spec.Selector,
			ClusterIP:                spec.ClusterIP,
			ClusterIPs:               spec.ClusterIPs,
			IPFamilyPolicy:           spec.IPFamilyPolicy,
			IPFamilies:               spec.IPFamilies,
			ExternalIPs:              spec.ExternalIPs,
			LoadBalancerIP:           spec.LoadBalancerIP,
			LoadBalancerSourceRanges: spec.LoadBalancerSourceRanges,
		},
	}
	if class := spec.LoadBalancerClass; class != nil {
		view.Spec.LoadBalancerClass = *class
	}
	return view
}

func metadataViewOf(m *metav1.ObjectMeta) *MetadataView {
	view := &MetadataView{Name: m.Name, Namespace: m.Namespace, Labels: m.Labels, Annotations: m.Annotations}
	if m.DeletionTimestamp != nil { // The text is that of JSON.
		view.DeletionTimestamp, _ = m.DeletionTimestamp.ToUnstructured().(string)
	}
	return view
}

func securityViewOf(security *corev1.PodSecurityContext) *PodSecurityView {
	if security == nil {
		return nil
	}
	view := &PodSecurityView{}
	for _, sysctl := range security.Sysctls {
		view.Sysctls = append(view.Sysctls, SysctlView{Name: sysctl.Name, Value: sysctl.Value})
	}
	return view
}

func containerViewsOf(containers []corev1.Container) []ContainerView {
	var views []ContainerView
	for _, c := range containers {
		views = append(views, ContainerView{Name: c.Name, Command: c.Command, Args: c.Args, Env: variableViewsOf(c.Env)})
	}
	return views
}

func variableViewsOf(variables []corev1.EnvVar) []EnvVarView {
	var views []EnvVarView
	for _, v := range variables {
		view := EnvVarView{Name: v.Name, Value: v.Value}
		if v.ValueFrom != nil {
			view.ValueFrom = &struct{}{}
		}
		views = append(views, view)
	}
	return views
}
