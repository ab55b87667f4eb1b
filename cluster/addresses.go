package cluster

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/mutate"
)

// PodNetwork returns what the addresses of a Pod say about the network of Pods:
// Enabled for both families, Disabled for one. The arguments are status.podIPs
// and status.hostIPs as the downward API writes them, with commas. It is Unknown
// without both, and for a Pod in its node's network.
func PodNetwork(podIPs, hostIPs string) mutate.State {
	pod, host := parseAddresses(podIPs), parseAddresses(hostIPs)
	onHost := slices.ContainsFunc(pod, func(ip netip.Addr) bool { return slices.Contains(host, ip) })
	if len(pod) == 0 || len(host) == 0 || onHost {
		return mutate.Unknown
	}
	return families(pod)
}

// parseAddresses returns nil for a list that holds anything else.
func parseAddresses(list string) []netip.Addr {
	var addresses []netip.Addr
	for text := range strings.SplitSeq(list, ",") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil
		}
		addresses = append(addresses, address)
	}
	return addresses
}

// families returns Enabled if there are addresses of both families, Disabled if
// they are of one, and Unknown if there are none.
func families(addresses []netip.Addr) mutate.State {
	v4 := slices.ContainsFunc(addresses, netip.Addr.Is4)
	v6 := slices.ContainsFunc(addresses, netip.Addr.Is6)
	switch {
	case v4 && v6:
		return mutate.Enabled
	case v4 || v6:
		return mutate.Disabled
	default:
		return mutate.Unknown
	}
}
