package address

import (
	"fmt"
	"iter"
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
	missing, isEmpty := b.spelled(), true
	for text := range bypassItems(list) {
		item := readBypassItem(text)
		missing = slices.DeleteFunc(missing, item.covers)
		isEmpty = false
	}
	if isEmpty || list == "*" || len(missing) == 0 {
		return list, true
	}
	var added []string
	for len(missing) > 0 {
		text := missing[0].text
		added = append(added, text)
		missing = slices.DeleteFunc(missing[1:], readBypassItem(text).covers)
	}
	if !strings.HasSuffix(list, ",") {
		list += ","
	}
	return list + strings.Join(added, ","), true
}

// spelled is one spelling of a host.
type spelled struct {
	bypassed
	text string
}

func (b Bypass) spelled() []spelled {
	var all []spelled
	for _, host := range b.hosts {
		for _, text := range host.spellings {
			all = append(all, spelled{host, text})
		}
	}
	return all
}

// bypassItems yields what every program reads of a list: only curl takes a space
// between two items, and not everyone the end of a line.
func bypassItems(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for item := range strings.SplitSeq(list, ",") {
			if item = strings.Trim(item, " \t"); item != "" && !yield(item) {
				return
			}
		}
	}
}

// bypassItem is an item of a list, read once for all that may be missing.
type bypassItem struct {
	text   string
	prefix netip.Prefix // not valid for anything but a range
}

func readBypassItem(text string) bypassItem {
	i := bypassItem{text: text}
	if strings.Contains(text, "/") {
		// What is no range is a name, or nothing.
		i.prefix, _ = netip.ParsePrefix(text)
	}
	return i
}

// covers reports whether i says as much as a spelling of a host to every program: the
// same text, a range that holds it, or a name that it ends in. To Go .svc is not svc
// itself.
func (i bypassItem) covers(s spelled) bool {
	if i.text == s.text {
		return true
	}
	if s.prefix.IsValid() {
		// Only Go and curl read ranges, so an address needs its own spellings.
		return i.prefix.IsValid() && !s.prefix.IsSingleIP() && i.prefix.Bits() <= s.prefix.Bits() && i.prefix.Contains(s.prefix.Addr())
	}
	name, host := strings.TrimPrefix(i.text, "."), s.text
	if name == i.text {
		host = strings.TrimPrefix(host, ".")
	}
	before := len(host) - len(name)
	return before >= 0 && strings.EqualFold(host[before:], name) && isName(name) &&
		(before == 0 && name == i.text || before > 0 && host[before-1] == '.')
}
