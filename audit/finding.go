package audit

import (
	"maps"
	"slices"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// A Finding is something to say about a field or an object: that it treats the IP
// families differently, or what is to become of it.
type Finding struct {
	Code Code `json:"code"`
	// Path is the field; empty for the whole object.
	Path patch.Path `json:"path,omitempty"`
	// Value is what stands there, of a list its elements with commas between
	// them. It is an address, a range, a name or a setting that a profile names,
	// never a secret.
	Value string `json:"value,omitempty"`
}

// Code names a kind of finding. Like a [mutate.Code] it is never renamed, and no
// code is one of both.
type Code string

// The codes of advice.
const (
	CodeGatewayBind            Code = "gateway-bind"
	CodeSidecarBind            Code = "sidecar-bind"
	CodeSidecarDefaultEndpoint Code = "sidecar-default-endpoint"
	CodeAuthorizationLetsIn    Code = "authorization-lets-in"
	CodeAuthorizationShutsOut  Code = "authorization-shuts-out"
	CodeAuthorizationOneFamily Code = "authorization-one-family"
	CodeServiceEntryAddresses  Code = "service-entry-addresses"
	CodeServiceEntryEndpoints  Code = "service-entry-endpoints"
	CodeWorkloadEntryAddress   Code = "workload-entry-address"
	CodeEnvoyFilterListener    Code = "envoy-filter-listener"
	CodeEnvoyFilterAddress     Code = "envoy-filter-address"
	CodeBootstrapOverride      Code = "bootstrap-override"
	CodeDNSProxyAddress        Code = "dns-proxy-address"
	CodeNetworkPolicyBlocks    Code = "network-policy-blocks"
	CodeLoadBalancerUnfiltered Code = "load-balancer-unfiltered"
	CodeLoadBalancerFamily     Code = "load-balancer-family"
	CodePodAddressUnbracketed  Code = "pod-address-unbracketed"
	CodeListenIPv4             Code = "listen-ipv4"
	CodeDNSNoAAAA              Code = "dns-no-aaaa"
	CodeHostAliasFamily        Code = "host-alias-family"
	CodeProbeHost              Code = "probe-host"
	CodeUnreadable             Code = "unreadable"
)

// meaning is what there is to say about a code, without a full stop, and what to
// do about it, in sentences.
type meaning struct{ sentence, cure string }

// advice is the table of codes of advice, from which notes and the documentation
// are made.
var advice = map[Code]meaning{
	CodeGatewayBind:            {"a server with a bind listens on that address only", "Remove bind: a gateway listens on both IP families only without one."},
	CodeSidecarBind:            {"a listener with a bind listens on that address only", "Remove bind, unless the application talks to that address."},
	CodeSidecarDefaultEndpoint: {"the requests of both IP families go to one address of the application", "Nothing, if the application listens there. Without defaultEndpoint a request keeps its family, and the application must listen on the addresses of the Pod."},
	CodeAuthorizationLetsIn:    {"a list of IP blocks has one IP family, and the other goes past the policy", "Add blocks of the other family: without, a list of DENY or CUSTOM matches none of its requests, and an exception of ALLOW keeps none out."},
	CodeAuthorizationShutsOut:  {"a list of IP blocks has one IP family, and the other is denied", "Add blocks of the other family: without, a list of ALLOW matches none of its requests, and an exception of DENY spares none."},
	CodeAuthorizationOneFamily: {"a list of IP blocks has one IP family, and does not tell requests of the other apart", "Add blocks of the other family."},
	CodeServiceEntryAddresses:  {"the addresses of the hosts are of one IP family", "Add an address of the other family, or none at all: with DNS capture, Istio gives the hosts one of each."},
	CodeServiceEntryEndpoints:  {"the addresses of the endpoints are of one IP family", "Add endpoints of the other family, if the hosts can be reached there."},
	CodeWorkloadEntryAddress:   {"the workload can be reached over one IP family", "Nothing, if it has no other address. If it has: for the other family there is a WorkloadEntry of its own, or a name with both in a ServiceEntry that resolves names."},
	CodeEnvoyFilterListener:    {"a listener is matched by an address in its name", "Match it by portNumber: which address the name has depends on which family of the Pod or of the Service comes first."},
	CodeEnvoyFilterAddress:     {"the addresses in a patch are of one IP family", "Look what Envoy does with them. A listener takes additionalAddresses; a cluster takes a name, or one more endpoint."},
	CodeBootstrapOverride:      {"the Pod overrides Envoy's bootstrap, which is not looked into here", "Look for addresses of one IP family in that ConfigMap."},
	CodeDNSProxyAddress:        {"the DNS proxy listens on an address of one IP family", "Say localhost:15053, or nothing: of that name alone the proxy makes an address of each family."},
	CodeNetworkPolicyBlocks:    {"the blocks of a rule are of one IP family, so it allows no address of the other", "Add blocks of the other family; beside 0.0.0.0/0 that is ::/0."},
	CodeLoadBalancerUnfiltered: {"the Service has both IP families, and loadBalancerSourceRanges has one: the other is not filtered", "Add ranges of the other family."},
	CodeLoadBalancerFamily:     {"the Service has both IP families, and its load balancer has addresses of one", "See what your load balancer needs for both: an annotation, or a subnet."},
	CodePodAddressUnbracketed:  {"a port follows the Pod's address without brackets, which is no address if that is IPv6", "Write [$(POD_IP)]:8080 if the program takes brackets around IPv4 too, or leave out the host: the address is of the family that comes first, and alone."},
	CodeListenIPv4:             {"the container is told to listen at an IPv4 address", "Programs in Go and in Java take 0.0.0.0 for both IP families; others listen at IPv4 alone. See what yours takes for both, and do not widen what is narrow on purpose."},
	CodeDNSNoAAAA:              {"the resolver is told to ask for no IPv6 addresses", "Remove the option: with it no name has an IPv6 address."},
	CodeHostAliasFamily:        {"a name has an IPv4 address in hostAliases and no IPv6 one", "Add an alias with its IPv6 address, or leave the name to DNS."},
	CodeProbeHost:              {"a probe asks an IPv4 address", "Remove host: the kubelet asks the Pod's own address."},
	CodeUnreadable:             {"the object is not as its API has it", "Ask kubectl apply --dry-run=server what is wrong with it; of Istio's objects istioctl validate knows more."},
}

// Codes returns every code of advice, sorted.
func Codes() []Code {
	return slices.Sorted(maps.Keys(advice))
}

// meaning returns what there is to say about c, which may be the code of a
// decision, about a Service that exists or by the webhook.
func (c Code) meaning() meaning {
	for _, table := range []map[Code]meaning{advice, states} {
		if known, ok := table[c]; ok {
			return known
		}
	}
	var decision Reason = mutate.Code(c)
	if _, ok := serviceCodes[ServiceCode(c)]; ok {
		decision = ServiceCode(c)
	}
	return meaning{decision.Sentence(), decision.Cure()}
}

// Sentence returns what the code means, without a full stop.
func (c Code) Sentence() string { return c.meaning().sentence }

// Cure returns what to do about it; empty where there is nothing to do.
func (c Code) Cure() string { return c.meaning().cure }
