package mutate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/patch"
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

	// invalid holds a note for each setting that was ignored.
	invalid []Note
}

// overrides are the annotations that a Namespace and an object may carry. A set
// reports whether it knows the word.
var overrides = []struct {
	key string
	set func(p *Policy, word string) bool
}{
	{KeyHeadless, func(p *Policy, word string) bool { return setToggle(&p.Headless, word) }},
	{KeyNoProxy, func(p *Policy, word string) bool { return setToggle(&p.NoProxy, word) }},
	{KeyLoadBalancers, func(p *Policy, word string) bool { return setToggle(&p.LoadBalancers, word) }},
	{KeyPolicy, func(p *Policy, word string) bool {
		return setWord(&p.FamilyPolicy, word, corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack)
	}},
	{KeyPrimaryFamily, func(p *Policy, word string) bool {
		return setWord(&p.PrimaryFamily, word, corev1.IPv4Protocol, corev1.IPv6Protocol)
	}},
}

func setToggle(toggle *bool, word string) bool {
	state, err := ParseState(word)
	if err != nil || state == Unknown {
		return false
	}
	*toggle = state == Enabled
	return true
}

func setWord[W ~string](setting *W, word string, known ...W) bool {
	if !slices.Contains(known, W(word)) {
		return false
	}
	*setting = W(word)
	return true
}

// WithNamespace returns p as the labels and annotations of the namespace change
// it. The mode is not read from there: whoever asks knows it already.
func (p Policy) WithNamespace(labels, annotations map[string]string) Policy {
	p = p.with(annotations, CodeInvalidNamespace)
	p.Membership = Membership{Meshes: meshesOf(labels, annotations), Reached: p.Facts.reaching(labels)}
	if servers, ok := annotations[KeyServers]; ok {
		p = p.ignore(CodeInvalidNamespace, KeyServers, servers)
	}
	switch mesh, ok := annotations[KeyMesh]; {
	case !ok:
	case mesh == "none":
		p.Membership.None = true
	default:
		p = p.ignore(CodeInvalidNamespace, KeyMesh, mesh)
	}
	return p
}

// With returns p as the annotations of an object change it. An annotation can
// do nothing that the object's author could not write into the object.
func (p Policy) With(m *MetadataView) Policy {
	p = p.with(m.Annotations, CodeInvalidSetting)
	p.invalid = append(slices.Clip(p.invalid), invalidMode(m)...)
	return p
}

// invalidMode notes a label on an object that names a mode other than off,
// which only a Namespace can choose.
func invalidMode(m *MetadataView) []Note {
	mode, ok := m.Labels[KeyMode]
	if !ok || mode == string(ModeOff) {
		return nil
	}
	path := patch.Path("/metadata/labels").Field(KeyMode)
	return []Note{{Code: CodeInvalidSetting, Path: path, Old: mode, New: mode}}
}

func (p Policy) with(annotations map[string]string, invalid Code) Policy {
	for _, override := range overrides {
		if word, ok := annotations[override.key]; ok && !override.set(&p, word) {
			p = p.ignore(invalid, override.key, word)
		}
	}
	return p
}

// ignore notes an annotation whose value is not known. It clips, because copies
// of p may share the list.
func (p Policy) ignore(code Code, key, value string) Policy {
	path := patch.Path("/metadata/annotations").Field(key)
	p.invalid = append(slices.Clip(p.invalid), Note{Code: code, Path: path, Old: value, New: value})
	return p
}
