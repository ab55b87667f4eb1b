package audit

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/dualstack-dev/webhook/mutate"
)

// A Cluster is what is known about one. The states are those of [mutate.State],
// in words.
type Cluster struct {
	// DualStack says whether Services get addresses of both families.
	DualStack string `json:"dualStack"`
	// Istio says which of its revisions are known, by name.
	Istio []Revision `json:"istio,omitempty"`
	// ServiceRanges are those that Services have their addresses from; none where
	// the cluster does not tell.
	ServiceRanges ServiceRanges `json:"serviceRanges,omitempty"`
}

// A Revision is one of Istio's control plane.
type Revision struct {
	Name      string `json:"name"`
	DualStack string `json:"dualStack"`
}

// NewCluster returns what the facts say, and what they do not.
func NewCluster(facts mutate.Facts) (Cluster, []Entry) {
	c := Cluster{DualStack: facts.DualStack.String()}
	revisions := facts.Meshes["istio"].Revisions
	for _, name := range slices.Sorted(maps.Keys(revisions)) {
		c.Istio = append(c.Istio, Revision{name, revisions[name].String()})
	}
	if facts.DualStack != mutate.Unknown {
		return c, nil
	}
	return c, []Entry{{Level: Blocked, Object: Object{Kind: "Cluster"}, Finding: Finding{Code: codeOf(CodeClusterUnknown)}}}
}

// A ServiceRange is one that Services have their addresses from.
type ServiceRange struct {
	CIDR string `json:"cidr"`
	Used uint64 `json:"used"`
	// Left is how many addresses are not used; of a large range 2 to the power of
	// 53 or more are counted as that.
	Left uint64 `json:"left"`

	prefix netip.Prefix
}

// most is the largest integer up to which every program that reads JSON can
// count.
const most = 1 << 53

// ServiceRanges are those of a cluster. The first is of the family that every
// Service has.
type ServiceRanges []ServiceRange

// NewServiceRanges returns the ranges of ServiceCIDRs, with no address in use.
// What cannot be parsed is not one.
func NewServiceRanges(cidrs []string) ServiceRanges {
	var ranges ServiceRanges
	for _, text := range cidrs {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			ranges = append(ranges, ServiceRange{CIDR: text, Left: capacity(prefix), prefix: prefix})
		}
	}
	return ranges
}

// capacity returns how many Services a range has addresses for: not the first,
// and of IPv4 not the last.
// k8s.io/kubernetes/pkg/registry/core/service/ipallocator/ipallocator.go.
func capacity(prefix netip.Prefix) uint64 {
	bits := prefix.Addr().BitLen() - prefix.Bits()
	if bits >= 53 {
		return most
	}
	reserved := uint64(1)
	if prefix.Addr().Is4() {
		reserved = 2
	}
	return max(uint64(1)<<bits, reserved) - reserved
}

// Use counts an address that a Service has. Of two ranges that have it the first
// counts.
func (r ServiceRanges) Use(text string) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	i := slices.IndexFunc(r, func(one ServiceRange) bool { return one.prefix.Contains(address) })
	if i < 0 {
		return
	}
	r[i].Used++
	if left := r[i].Left; left > 0 && left < most {
		r[i].Left--
	}
}

// secondLeft returns how many addresses are left of the second family; false if
// there is none.
func (r ServiceRanges) secondLeft() (left uint64, ok bool) {
	for _, one := range r {
		if one.prefix.Addr().Is4() != r[0].prefix.Addr().Is4() {
			left, ok = left+one.Left, true
		}
	}
	return left, ok
}

// check returns a finding if there are fewer addresses of the second family left
// than Services to upgrade in the namespaces.
func (r ServiceRanges) check(namespaces []Namespace) []Entry {
	needed := 0
	for _, n := range namespaces {
		if n.Mode != mutate.ModeOff {
			_, services := split(n.Findings)
			needed += len(services)
		}
	}
	left, ok := r.secondLeft()
	if !ok || uint64(needed) <= left {
		return nil
	}
	return []Entry{{Level: Blocked, Object: Object{Kind: "Cluster"}, Finding: Finding{Code: CodeServiceRangeFull}}}
}

// Plenty reports whether there are more addresses left than are counted.
func (r ServiceRange) Plenty() bool { return r.Left >= most }
