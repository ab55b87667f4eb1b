package mutate

import (
	"slices"
	"strings"
)

// Membership says which meshes take part in a namespace.
type Membership struct {
	// Meshes are the meshes that the Namespace's labels and annotations name.
	Meshes []Injection
	// Reached are those whose injectors can reach its Pods, whether or not the
	// Namespace names them: a Pod can ask for injection itself.
	Reached []Injection
	// Selected are the meshes of the Pods that a Service is known to select, of those
	// that are not known to be dual-stack.
	Selected []string
	// None means that the Namespace says that no mesh takes part in it,
	// whatever its labels say.
	None bool
	// Unknown means that the Namespace is not known yet. It may be meshed.
	Unknown bool
}

// Meshes returns the meshes that take part in an object with this metadata: those
// of its namespace and those that it names itself; none where the Namespace says
// so.
func (p Policy) Meshes(m *MetadataView) []Injection {
	if p.Membership.None {
		return nil
	}
	return slices.Concat(p.Membership.Meshes, meshesOf(m.Labels, m.Annotations))
}

// An Injection is the sidecar of a mesh that a namespace or an object asks for.
type Injection struct {
	Mesh string
	// Revision is the name of the control plane's revision, or a tag that stands
	// for one; empty for a mesh that has one control plane.
	Revision string
}

// MeshAmbient is the name of Istio's mesh without sidecars. Its traffic is captured on
// the node, by istio-cni, so what is known of istiod says nothing about it.
const MeshAmbient = "istio-ambient"

// byValue stands for the revision that the value of a key names.
const byValue = "*"

// injectionKeys are the labels and annotations with which a namespace or an
// object asks a mesh for its sidecar.
var injectionKeys = []struct {
	mesh string
	key  string
	// revision is which revision injects: the one that the value names, or one
	// that is always the same.
	revision string
	// value is the only one that asks; any that is not a no if it is empty.
	value string
}{
	// https://istio.io/latest/docs/reference/config/labels/
	{"istio", "istio-injection", "default", ""},
	{"istio", "istio.io/rev", byValue, ""},
	{"istio", "sidecar.istio.io/inject", "default", ""},
	// The second is what istio-cni writes on a Pod whose traffic it redirects:
	// https://istio.io/latest/docs/ambient/usage/add-workloads/
	{MeshAmbient, "istio.io/dataplane-mode", "", "ambient"},
	{MeshAmbient, "ambient.istio.io/redirection", "", "enabled"},
	// https://linkerd.io/2/reference/proxy-configuration/
	{"linkerd", "linkerd.io/inject", "", ""},
	// https://kuma.io/docs/latest/reference/kubernetes-annotations/
	{"kuma", "kuma.io/sidecar-injection", "", ""},
	// https://developer.hashicorp.com/consul/docs/k8s/annotations-and-labels
	{"consul", "consul.hashicorp.com/connect-inject", "", ""},
	// https://docs.openservicemesh.io/docs/guides/app_onboarding/namespaces/
	// https://docs.aws.amazon.com/app-mesh/latest/userguide/getting-started-kubernetes.html
	{"app-mesh", "appmesh.k8s.aws/sidecarInjectorWebhook", "", ""},
	{"osm", "openservicemesh.io/monitored-by", "", ""},
	{"osm", "openservicemesh.io/sidecar-injection", "", ""},
}

// meshesOf returns the meshes that the labels or annotations of a namespace or
// an object name, each once. Most keys may be either, and a mesh that only
// might be there counts: only an explicit no is a no.
func meshesOf(labels, annotations map[string]string) []Injection {
	var meshes []Injection
	for _, injection := range injectionKeys {
		for _, from := range []map[string]string{labels, annotations} {
			value, ok := from[injection.key]
			found := Injection{injection.mesh, injection.revision}
			if injection.revision == byValue {
				found.Revision = value
			}
			asked := ok && !explicitNo(value) && (injection.value == "" || injection.value == value)
			if asked && !slices.Contains(meshes, found) {
				meshes = append(meshes, found)
			}
		}
	}
	return meshes
}

// explicitNo reports whether value is one with which every mesh leaves a
// namespace alone.
func explicitNo(value string) bool {
	return strings.EqualFold(value, "disabled") || strings.EqualFold(value, "false")
}
