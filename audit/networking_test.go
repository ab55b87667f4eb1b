package audit_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

func TestGateway(t *testing.T) {
	bind := func(path, value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeGatewayBind, Path: patch.Path("/spec/servers/" + path), Value: value}}
	}
	testKind(t, "networking.istio.io/v1", "Gateway", []cell{
		{"no bind", `{servers: [{port: {number: 80, protocol: HTTP, name: http}}]}`, nil},
		{"all IPv4 addresses", `{servers: [{bind: 0.0.0.0}]}`, bind("0/bind", "0.0.0.0")},
		{"all IPv6 addresses", `{servers: [{bind: "::"}]}`, bind("0/bind", "::")},
		{"one address, of the second server", `{servers: [{}, {bind: 10.0.0.1}]}`, bind("1/bind", "10.0.0.1")},
		{"Unix socket", `{servers: [{bind: "unix:///run/gateway"}]}`, nil},
	})
}

func TestSidecar(t *testing.T) {
	one := func(code audit.Code, path, value string) []audit.Finding {
		return []audit.Finding{{Code: code, Path: patch.Path("/spec/" + path), Value: value}}
	}
	testKind(t, "networking.istio.io/v1", "Sidecar", []cell{
		{"neither", `{ingress: [{port: {number: 80}}], egress: [{hosts: ["./*"]}]}`, nil},
		{"ingress bind", `{ingress: [{bind: 0.0.0.0}]}`, one(audit.CodeSidecarBind, "ingress/0/bind", "0.0.0.0")},
		{"egress bind", `{egress: [{}, {bind: 127.0.0.1}]}`, one(audit.CodeSidecarBind, "egress/1/bind", "127.0.0.1")},
		{"egress bind to a Unix socket", `{egress: [{bind: "unix:///run/redis"}]}`, nil},
		{"endpoint on IPv4 loopback", `{ingress: [{defaultEndpoint: "127.0.0.1:8080"}]}`, one(audit.CodeSidecarDefaultEndpoint, "ingress/0/defaultEndpoint", "127.0.0.1:8080")},
		{"endpoint on the Pod's IPv6 address", `{ingress: [{defaultEndpoint: "[::]:8080"}]}`, one(audit.CodeSidecarDefaultEndpoint, "ingress/0/defaultEndpoint", "[::]:8080")},
		{"endpoint in snake case", `{ingress: [{default_endpoint: "0.0.0.0:8080"}]}`, one(audit.CodeSidecarDefaultEndpoint, "ingress/0/defaultEndpoint", "0.0.0.0:8080")},
		{"endpoint on a Unix socket", `{ingress: [{defaultEndpoint: "unix:///run/app"}]}`, nil},
	})
}

func TestServiceEntry(t *testing.T) {
	addresses := func(value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeServiceEntryAddresses, Path: "/spec/addresses", Value: value}}
	}
	endpoints := func(value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeServiceEntryEndpoints, Path: "/spec/endpoints", Value: value}}
	}
	testKind(t, "networking.istio.io/v1", "ServiceEntry", []cell{
		{"neither", `{hosts: [db.example.com]}`, nil},
		{"IPv4 addresses", `{addresses: [192.0.2.1, 192.0.2.0/24]}`, addresses("192.0.2.1,192.0.2.0/24")},
		{"IPv6 addresses", `{addresses: ["2001:db8::1"]}`, addresses("2001:db8::1")},
		{"addresses of both", `{addresses: [192.0.2.1, "2001:db8::1"]}`, nil},
		{"IPv4 endpoints", `{endpoints: [{address: 192.0.2.1}, {address: 192.0.2.2}]}`, endpoints("192.0.2.1,192.0.2.2")},
		{"endpoints of both", `{endpoints: [{address: 192.0.2.1}, {address: "2001:db8::1"}]}`, nil},
		{"an endpoint that is a name", `{endpoints: [{address: 192.0.2.1}, {address: db.example.com}]}`, nil},
		{"an endpoint on a Unix socket", `{endpoints: [{address: "unix:///run/db"}]}`, nil},
		{"both lists", `{addresses: [192.0.2.1], endpoints: [{address: 192.0.2.2}]}`, append(addresses("192.0.2.1"), endpoints("192.0.2.2")...)},
	})
}

func TestWorkloadEntry(t *testing.T) {
	address := func(value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeWorkloadEntryAddress, Path: "/spec/address", Value: value}}
	}
	testKind(t, "networking.istio.io/v1", "WorkloadEntry", []cell{
		{"IPv4 address", `{address: 192.0.2.1}`, address("192.0.2.1")},
		{"IPv6 address", `{address: "2001:db8::1"}`, address("2001:db8::1")},
		{"name", `{address: vm.example.com}`, nil},
		{"none, of a network behind a gateway", `{network: west}`, nil},
	})
}

func TestProxyConfig(t *testing.T) {
	address := func(value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeDNSProxyAddress, Path: "/spec/environmentVariables/DNS_PROXY_ADDR", Value: value}}
	}
	testKind(t, "networking.istio.io/v1beta1", "ProxyConfig", []cell{
		{"no variable", `{concurrency: 0}`, nil},
		{"IPv4", `{environmentVariables: {DNS_PROXY_ADDR: "127.0.0.1:15053"}}`, address("127.0.0.1:15053")},
		{"localhost", `{environmentVariables: {DNS_PROXY_ADDR: "localhost:15053"}}`, nil},
	})
}
