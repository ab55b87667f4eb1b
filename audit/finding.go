package audit

import (
	"maps"
	"slices"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// A Finding is a field that treats the IP families differently.
type Finding struct {
	Code Code
	// Path is the field; empty for the whole object.
	Path patch.Path
	// Value is what stands there, of a list its elements with commas between
	// them. It is an address, a range, or a name, never a secret.
	Value string
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
	CodeUnreadable             Code = "unreadable"
)

// codes is the table from which notes and the documentation are made.
var codes = map[Code]struct {
	sentence string
	cure     string
}{
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
	CodeUnreadable:             {"the object is not as Istio's API has it", "Ask istioctl validate what is wrong with it."},
}

// Codes returns every code, sorted.
func Codes() []Code {
	return slices.Sorted(maps.Keys(codes))
}

// Sentence returns what the code means, without a full stop.
func (c Code) Sentence() string { return codes[c].sentence }

// Cure returns what to do about it.
func (c Code) Cure() string { return codes[c].cure }
