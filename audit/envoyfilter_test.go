package audit_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/audit"
)

func TestEnvoyFilter(t *testing.T) {
	listener := func(name string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeEnvoyFilterListener, Path: "/spec/configPatches/0/match/listener/name", Value: name}}
	}
	testKind(t, "networking.istio.io/v1alpha3", "EnvoyFilter", []cell{
		{"listener of all addresses", `{configPatches: [{applyTo: LISTENER, match: {listener: {name: 0.0.0.0_8080}}}]}`, listener("0.0.0.0_8080")},
		{"listener of a Service's address", `{configPatches: [{match: {listener: {name: 10.96.0.7_80}}}]}`, listener("10.96.0.7_80")},
		{"listener of an IPv6 address", `{configPatches: [{match: {listener: {name: "[fd00::7]_80"}}}]}`, listener("[fd00::7]_80")},
		{"listener with another name", `{configPatches: [{match: {listener: {name: virtualInbound}}}]}`, nil},
		{"name with an underscore", `{configPatches: [{match: {listener: {name: my_listener}}}]}`, nil},
		{"listener by port", `{configPatches: [{match: {listener: {portNumber: 8080}}}]}`, nil},
		{"cluster", `{configPatches: [{match: {cluster: {name: "0.0.0.0_8080"}}}]}`, nil},
		{
			"address, and address with a port", `{configPatches: [{patch: {value: {b: ["127.0.0.1:80"], a: {address: 127.0.0.1}}}}]}`,
			[]audit.Finding{
				{Code: audit.CodeEnvoyFilterAddress, Path: "/spec/configPatches/0/patch/value/a/address", Value: "127.0.0.1"},
				{Code: audit.CodeEnvoyFilterAddress, Path: "/spec/configPatches/0/patch/value/b/0", Value: "127.0.0.1:80"},
			},
		},
		{"addresses of both families", `{configPatches: [{patch: {value: {address: 0.0.0.0, additional_addresses: [{address: "::"}]}}}]}`, nil},
		{
			"each patch by itself", `{configPatches: [{patch: {value: {address: "::1"}}}, {patch: {value: {address: 127.0.0.1}}}]}`,
			[]audit.Finding{
				{Code: audit.CodeEnvoyFilterAddress, Path: "/spec/configPatches/0/patch/value/address", Value: "::1"},
				{Code: audit.CodeEnvoyFilterAddress, Path: "/spec/configPatches/1/patch/value/address", Value: "127.0.0.1"},
			},
		},
		{"address in a program", `{configPatches: [{patch: {value: {inlineCode: "call('127.0.0.1:80')"}}}]}`, nil},
		{"number", `{configPatches: [{patch: {value: {timeout: 1.5, on: true, off: null}}}]}`, nil},
		{"no value", `{configPatches: [{patch: {operation: REMOVE}}, {}]}`, nil},
	})
}
