package audit

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// ViewPod returns what the core reads of a Pod.
func ViewPod(pod *corev1.Pod) *mutate.PodView {
	view := &mutate.PodView{
		Metadata: viewMetadata(&pod.ObjectMeta),
		Spec: &mutate.PodSpecView{
			InitContainers: viewContainers(pod.Spec.InitContainers),
			Containers:     viewContainers(pod.Spec.Containers),
			HostNetwork:    pod.Spec.HostNetwork,
		},
	}
	if os := pod.Spec.OS; os != nil {
		view.Spec.OS = &mutate.PodOSView{Name: os.Name}
	}
	return view
}

// ViewService returns what the core reads of a Service.
func ViewService(service *corev1.Service) *mutate.ServiceView {
	spec := &service.Spec
	view := &mutate.ServiceView{
		Metadata: viewMetadata(&service.ObjectMeta),
		Spec: &mutate.ServiceSpecView{
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

func viewMetadata(m *metav1.ObjectMeta) *mutate.MetadataView {
	view := &mutate.MetadataView{Name: m.Name, Namespace: m.Namespace, Labels: m.Labels, Annotations: m.Annotations}
	if m.DeletionTimestamp != nil {
		view.DeletionTimestamp = m.DeletionTimestamp.UTC().Format(metav1.RFC3339Micro)
	}
	return view
}

func viewContainers(containers []corev1.Container) []mutate.ContainerView {
	views := make([]mutate.ContainerView, len(containers))
	for i, c := range containers {
		views[i] = mutate.ContainerView{Name: c.Name, Args: c.Args, Env: make([]mutate.EnvVarView, len(c.Env))}
		for j, v := range c.Env {
			views[i].Env[j] = mutate.EnvVarView{Name: v.Name, Value: v.Value}
			if v.ValueFrom != nil {
				views[i].Env[j].ValueFrom = &struct{}{}
			}
		}
	}
	return views
}
