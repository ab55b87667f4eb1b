package address

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A CIDRMap says for IPv4 ranges which IPv6 ranges stand for the same: those of
// the Services of a dual-stack cluster, for example. Its keys are masked. The
// range of all addresses needs no entry. The zero CIDRMap is ready to use.
type CIDRMap map[netip.Prefix]netip.Prefix

// ParseCIDRPair returns an entry of a [CIDRMap]. An error says which of the two
// is no range of its family, or that it is not the first address of one, since
// then it is probably a mistake.
func ParseCIDRPair(v4, v6 string) (from, to netip.Prefix, err error) {
	if from, err = parseRange(v4); err != nil {
		return from, to, err
	}
	if to, err = parseRange(v6); err != nil {
		return from, to, err
	}
	switch {
	case !from.Addr().Is4():
		return from, to, fmt.Errorf("%s is not an IPv4 range", v4)
	case !to.Addr().Is6() || to.Addr().Is4In6():
		return from, to, fmt.Errorf("%s is not an IPv6 range", v6)
	}
	return from, to, nil
}

func parseRange(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, fmt.Errorf("%q is not a range like 10.96.0.0/12 or fd00:10:96::/112", text)
	}
	if masked := prefix.Masked(); masked != prefix {
		return prefix, fmt.Errorf("%s is an address in the range %s: write the range", text, masked)
	}
	return prefix, nil
}

// Extend returns list, ranges with commas and no spaces, with the IPv6 ranges
// that belong to its IPv4 ones added to its end. It returns list as it is if it
// is empty, is "*", or names an IPv6 range already: then its author has thought
// of IPv6. It returns false, and list as it is, if one of the IPv4 ranges has no
// IPv6 range, or list holds anything else.
func (m CIDRMap) Extend(list string) (string, bool) {
	if list == "" || list == "*" {
		return list, true
	}
	var added []netip.Prefix
	hasIPv6, complete := false, true
	for text := range strings.SplitSeq(list, ",") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return list, false
		}
		if prefix.Addr().Is6() {
			hasIPv6 = true
			continue
		}
		other, ok := m.other(prefix)
		if complete = complete && ok; !slices.Contains(added, other) {
			added = append(added, other)
		}
	}
	switch {
	case hasIPv6:
		return list, true
	case !complete:
		return list, false
	}
	for _, prefix := range added {
		list += "," + prefix.String()
	}
	return list, true
}

// other returns the IPv6 range of an IPv4 one. That of all addresses is that of all.
func (m CIDRMap) other(prefix netip.Prefix) (netip.Prefix, bool) {
	if prefix.Bits() == 0 {
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0), true
	}
	to, ok := m[prefix.Masked()]
	return to, ok
}
