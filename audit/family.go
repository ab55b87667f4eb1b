package audit

import (
	"net/netip"
	"slices"
)

// family is the IP family of a text.
type family uint8

const (
	noFamily family = iota // it is no address
	ipv4
	ipv6
)

// familyOf returns the family of an address, an address with a port, or a range.
func familyOf(text string) family {
	if a, err := netip.ParseAddr(text); err == nil {
		return ofAddress(a)
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return ofAddress(p.Addr())
	}
	if a, err := netip.ParseAddrPort(text); err == nil {
		return ofAddress(a.Addr())
	}
	return noFamily
}

func ofAddress(a netip.Addr) family {
	if a.Unmap().Is4() {
		return ipv4
	}
	return ipv6
}

// oneFamily reports whether the texts are of one family. Texts that are no
// addresses, such as names, may stand for both, so they are not.
func oneFamily(texts []string) bool {
	if len(texts) == 0 {
		return false
	}
	first := familyOf(texts[0])
	return first != noFamily && !slices.ContainsFunc(texts, func(text string) bool { return familyOf(text) != first })
}
