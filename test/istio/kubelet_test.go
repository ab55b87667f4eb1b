package istio

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The addresses of the Pod, and of its node.
const (
	podIPv4 = "10.244.0.7"
	podIPv6 = "fd00:10:244::7"
	hostIP  = "192.0.2.7"
)

// environment returns the variables of a container as the kubelet of a node with
// two cores sets them: of two with one name the last counts, so the test of that
// is elsewhere. podIP is the Pod's primary address.
func environment(t *testing.T, pod *corev1.Pod, c *corev1.Container, podIP string) []string {
	t.Helper()
	fields := map[string]string{
		"metadata.name":           pod.Name,
		"metadata.namespace":      pod.Namespace,
		"spec.nodeName":           "node",
		"spec.serviceAccountName": pod.Spec.ServiceAccountName,
		"status.podIP":            podIP,
		"status.hostIP":           hostIP,
	}
	resources := map[string]string{"limits.cpu": "2", "limits.memory": "1073741824"}
	var env []string
	for _, v := range c.Env {
		value, ok := v.Value, true
		switch from := v.ValueFrom; {
		case from == nil:
		case from.FieldRef != nil:
			value, ok = fields[from.FieldRef.FieldPath]
		case from.ResourceFieldRef != nil:
			value, ok = resources[from.ResourceFieldRef.Resource]
		case from.ConfigMapKeyRef != nil:
			value = "true"
		default:
			ok = false
		}
		if !ok {
			t.Fatalf("variable %s of container %s comes from a place that is not known here: %v", v.Name, c.Name, v.ValueFrom)
		}
		env = append(env, v.Name+"="+value)
	}
	return env
}

// find returns the container with this name, in either list; nil if there is none.
func find(pod *corev1.Pod, name string) *corev1.Container {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}

// containers returns all containers of the Pod.
func containers(pod *corev1.Pod) []*corev1.Container {
	var all []*corev1.Container
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// isIstio reports whether the name is one of Istio's containers.
func isIstio(name string) bool {
	return strings.HasPrefix(name, "istio-")
}
