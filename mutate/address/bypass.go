package address

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Bypass is what a list such as NO_PROXY is to hold: IPv6 ranges, IPv6 addresses
// and names of hosts that are reached without a proxy. The zero Bypass is none.
//
// No spelling of an IPv6 address is read by all: Go and curl take fd00::5, Python's
// urllib takes [fd00::5]; so a list gets both. A range is read by Go, and by curl
// since 8.18; Python has no word for one, so there the names count.
type Bypass struct {
	hosts []bypassed
}

// bypassed is one host: a range, or a name.
type bypassed struct {
	prefix    netip.Prefix // not valid for a name
	spellings []string
}

// ParseBypass returns a Bypass of hosts. An error says which of them is none.
func ParseBypass(hosts []string) (Bypass, error) {
	var b Bypass
	for _, text := range hosts {
		host, err := parseBypassed(text)
		if err != nil {
			return Bypass{}, err
		}
		b.hosts = append(b.hosts, host)
	}
	return b, nil
}

func parseBypassed(text string) (bypassed, error) {
	if addr, err := netip.ParseAddr(text); err == nil && isPlainIPv6(addr) {
		name := addr.String()
		return bypassed{netip.PrefixFrom(addr, addr.BitLen()), []string{name, "[" + name + "]"}}, nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil && isPlainIPv6(prefix.Addr()) && prefix == prefix.Masked() {
		return bypassed{prefix, []string{prefix.String()}}, nil
	}
	if isName(strings.TrimPrefix(text, ".")) {
		return bypassed{spellings: []string{text}}, nil
	}
	return bypassed{}, fmt.Errorf("%q is not an IPv6 range like fd00:10:96::/112, an IPv6 address or a name like .svc", text)
}

func isPlainIPv6(addr netip.Addr) bool { return addr.Is6() && !addr.Is4In6() && addr.Zone() == "" }

// String returns the hosts with commas between them.
func (b Bypass) String() string {
	names := make([]string, len(b.hosts))
	for i, host := range b.hosts {
		names[i] = host.spellings[0]
	}
	return strings.Join(names, ",")
}

// Extend returns list with what is missing of b added to its end. What is there
// stays, byte for byte. It returns list as it is where nothing is missing, where the
// list is empty, and where it is "*": then all is reached in one way. A "*" among
// others is everything to Go alone. It returns false for a list with a reference,
// since what that holds is not known.
func (b Bypass) Extend(list string) (string, bool) {
	if strings.Contains(list, "$") {
		return list, false
	}
	items := bypassItems(list)
	if len(items) == 0 || list == "*" {
		return list, true
	}
	var added []string
	for _, host := range b.hosts {
		for _, spelling := range host.spellings {
			if !slices.ContainsFunc(items, func(item string) bool { return host.covers(item, spelling) }) {
				added = append(added, spelling)
				items = append(items, spelling)
			}
		}
	}
	if len(added) == 0 {
		return list, true
	}
	if !strings.HasSuffix(list, ",") {
		list += ","
	}
	return list + strings.Join(added, ","), true
}

// bypassItems returns what every program reads of a list: only curl takes a space
// between two items, and not everyone the end of a line.
func bypassItems(list string) []string {
	var items []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.Trim(item, " \t"); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// covers reports whether an item of a list says as much as a spelling of h to every
// program: the same text, a range that holds it, or a name that it ends in. To Go
// .svc is not svc itself.
func (h bypassed) covers(item, spelling string) bool {
	if item == spelling {
		return true
	}
	if h.prefix.IsValid() {
		// Only Go and curl read ranges, so an address needs its own spellings.
		prefix, err := netip.ParsePrefix(item)
		return err == nil && !h.prefix.IsSingleIP() && prefix.Bits() <= h.prefix.Bits() && prefix.Contains(h.prefix.Addr())
	}
	item, spelling = strings.ToLower(item), strings.ToLower(spelling)
	if !strings.HasPrefix(item, ".") {
		item, spelling = "."+item, "."+strings.TrimPrefix(spelling, ".")
	}
	return isName(item[1:]) && strings.HasSuffix(spelling, item)
}
