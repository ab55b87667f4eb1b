package address

import (
	"net/netip"
	"strings"
)

// host is what stands where a program expects an address: one that netip reads,
// or, with a zero addr, a word: a name, a wildcard, or nothing.
type host struct {
	addr netip.Addr
	word string
}

// The hosts that a rewriting is about.
var (
	unspecified4 = host{addr: netip.IPv4Unspecified()}
	unspecified6 = host{addr: netip.IPv6Unspecified()}
	loopback4    = host{addr: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	loopback6    = host{addr: netip.IPv6Loopback()}
	noHost       = host{}
)

// parseHost reads an address without brackets, a wildcard or a name. An IPv4
// address in an odd spelling is no name.
func parseHost(text string) (host, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return host{addr: addr}, true
	}
	return host{word: text}, text == "*" || text == "+" || isName(text)
}

// isName reports whether text is a host name. One whose last label begins with a
// digit is an address to many programs: "0", "10.0.0", "0x0".
func isName(text string) bool {
	var label string
	for label = range strings.SplitSeq(text, ".") {
		if label == "" || label[0] == '-' || strings.Trim(label, nameBytes) != "" {
			return false
		}
	}
	return label[0] < '0' || label[0] > '9'
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// isWildcard reports whether what h means is for the program to say.
func (h host) isWildcard() bool { return h.word == "*" || h.word == "+" || h == noHost }

// isIPv6 reports whether h is an IPv6 address.
func (h host) isIPv6() bool { return h.addr.Is6() }

// String returns h without brackets.
func (h host) String() string {
	if h.addr.IsValid() {
		return h.addr.String()
	}
	return h.word
}

// bracketed returns h with brackets if it is an IPv6 address.
func (h host) bracketed() string {
	if h.isIPv6() {
		return "[" + h.String() + "]"
	}
	return h.String()
}
