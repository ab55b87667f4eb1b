package mutate

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// Policy is what a namespace wants, and what is known about the cluster. It is
// a value: the methods return changed copies. The zero Policy leaves everything
// alone.
type Policy struct {
	Mode Mode
	// Headless says that headless Services with a selector become dual-stack.
	Headless bool
	// LoadBalancers says that Services of type LoadBalancer become dual-stack.
	LoadBalancers bool
	// FamilyPolicy is what Services get: RequireDualStack where the cluster is
	// known to be dual-stack, PreferDualStack elsewhere and if it is empty.
	FamilyPolicy corev1.IPFamilyPolicy
	// PrimaryFamily comes first in Services that name no family and no cluster
	// IP, on a cluster that is known to be dual-stack; if it is empty the
	// cluster's own does.
	PrimaryFamily corev1.IPFamily
	// CIDRs says which IPv6 ranges belong to the IPv4 ranges that Pods name.
	CIDRs address.CIDRMap
	// Profiles are the sidecars that are looked for.
	Profiles sidecar.Set
	// NoProxy says that containers which name what is reached without a proxy get
	// Bypass beside it.
	NoProxy bool
	Bypass  address.Bypass
	// Servers are those that a Pod may name.
	Servers []server.Server
	// Membership says which meshes take part in the namespace.
	Membership Membership
	// Facts are what is known about the cluster.
	Facts Facts
	// Done is closed once nobody waits for the decision any longer: then it may be the
	// zero Result. It may be nil.
	Done <-chan struct{}

	// invalid holds a note for each setting whose value is not known, and unknown one
	// for each that is not known itself.
	invalid, unknown []Note
}

// givenUp reports whether nobody waits for the decision any longer.
func (p Policy) givenUp() bool {
	select {
	case <-p.Done:
		return true
	default:
		return false
	}
}

// WithNamespace returns p as the labels and annotations of the namespace change
// it. The mode is not read from there: whoever asks knows it already.
func (p Policy) WithNamespace(labels, annotations map[string]string) Policy {
	p = p.with(annotations, CodeInvalidNamespace)
	p = p.warn(CodeUnknownNamespace, labels, annotations, namespaceKeys)
	p.Membership = Membership{Meshes: meshesOf(labels, annotations), Reached: p.Facts.reaching(labels)}
	if servers, ok := annotations[KeyServers]; ok {
		p = p.reject(CodeInvalidNamespace, pathServers, servers)
	}
	switch mesh, ok := annotations[KeyMesh]; {
	case !ok:
	case mesh == "none":
		p.Membership.None = true
	default:
		p = p.reject(CodeInvalidNamespace, pathAnnotations.Field(KeyMesh), mesh)
	}
	return p
}

// With returns p as the labels and annotations of an object change it. They can do
// nothing that the object's author could not write into the object. Its one label is
// the mode off: any other only a Namespace can choose.
func (p Policy) With(m *MetadataView) Policy {
	p = p.with(m.Annotations, CodeInvalidSetting)
	p = p.warn(CodeUnknownSetting, m.Labels, m.Annotations, objectKeys)
	if mode, ok := m.Labels[KeyMode]; ok && mode != string(ModeOff) {
		p = p.reject(CodeInvalidSetting, pathLabels.Field(KeyMode), mode)
	}
	return p
}
