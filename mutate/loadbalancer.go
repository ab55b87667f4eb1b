package mutate

import (
	"net/netip"
	"slices"
	"strings"
)

// Annotations of load balancers. A source range or an address in them binds the
// Service to one IP family.
const (
	keySourceRanges = "service.beta.kubernetes.io/load-balancer-source-ranges"
	keyAWSType      = "service.beta.kubernetes.io/aws-load-balancer-type"
	keyAWSIPType    = "service.beta.kubernetes.io/aws-load-balancer-ip-address-type"
)

// addressKeys are annotations that ask for addresses, in a list. Each row is
// one request: Azure spreads it over two annotations.
var addressKeys = [][]string{
	// https://metallb.io/usage/
	{"metallb.io/loadBalancerIPs"},
	{"metallb.universe.tf/loadBalancerIPs"},
	// https://kube-vip.io/docs/usage/kubernetes-services/
	{"kube-vip.io/loadbalancerIPs"},
	// https://docs.cilium.io/en/stable/network/lb-ipam/
	{"lbipam.cilium.io/ips"},
	{"io.cilium/lb-ipam-ips"},
	// https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/
	{
		"service.beta.kubernetes.io/azure-load-balancer-ipv4",
		"service.beta.kubernetes.io/azure-load-balancer-ipv6",
	},
}

// rangesOfOneFamily reports whether source ranges are given, but not of both
// families. kube-proxy filters each family by the ranges of that family, and
// does not filter one that has none: k8s.io/kubernetes/pkg/proxy/serviceport.go.
func rangesOfOneFamily(after After) bool {
	ranges := slices.Concat(after.Spec.LoadBalancerSourceRanges, splitList(after.Metadata.Annotations[keySourceRanges]))
	return len(ranges) > 0 && !bothFamilies(ranges, parsePrefix)
}

// addressOfOneFamily reports whether addresses are asked for, but not of both
// families.
func addressOfOneFamily(after After) bool {
	if after.Spec.LoadBalancerIP != "" {
		return true
	}
	return slices.ContainsFunc(addressKeys, func(keys []string) bool {
		var addresses []string
		for _, key := range keys {
			addresses = append(addresses, splitList(after.Metadata.Annotations[key])...)
		}
		return len(addresses) > 0 && !bothFamilies(addresses, netip.ParseAddr)
	})
}

// singleStackAWS reports whether the AWS Load Balancer Controller makes this a
// load balancer of one family. It refuses to serve a Service that names IPv6 on
// such a one:
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
func singleStackAWS(after After) bool {
	return awsManaged(after) && after.Metadata.Annotations[keyAWSIPType] != "dualstack"
}

// awsManaged reports whether the AWS Load Balancer Controller serves the
// Service.
func awsManaged(after After) bool {
	class, kind := after.Spec.LoadBalancerClass, after.Metadata.Annotations[keyAWSType]
	return class == "service.k8s.aws/nlb" || kind == "external" || kind == "nlb-ip"
}

// bothFamilies reports whether items name IPv4 and IPv6. An item that cannot be
// parsed makes it false: what it means is not known.
func bothFamilies(items []string, parse func(string) (netip.Addr, error)) bool {
	var v4, v6 bool
	for _, item := range items {
		addr, err := parse(strings.TrimSpace(item))
		if err != nil {
			return false
		}
		v4 = v4 || addr.Unmap().Is4()
		v6 = v6 || !addr.Unmap().Is4()
	}
	return v4 && v6
}

func parsePrefix(s string) (netip.Addr, error) {
	prefix, err := netip.ParsePrefix(s)
	return prefix.Addr(), err
}

// splitList splits a list with commas, without its empty elements.
func splitList(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(item string) bool {
		return strings.TrimSpace(item) == ""
	})
}
