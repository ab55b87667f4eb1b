package audit_test

import (
	"fmt"
	"testing"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// TestAuthorizationPolicy has a cell for each action and each field with blocks.
func TestAuthorizationPolicy(t *testing.T) {
	const letsIn, shutsOut, oneFamily = audit.CodeAuthorizationLetsIn, audit.CodeAuthorizationShutsOut, audit.CodeAuthorizationOneFamily
	fields := []struct {
		field    string
		excepted bool
	}{
		{"ipBlocks", false},
		{"notIpBlocks", true},
		{"remoteIpBlocks", false},
		{"notRemoteIpBlocks", true},
	}
	var cells []cell
	for _, action := range []struct {
		words               string // as they stand in the spec
		lookedFor, excepted audit.Code
	}{
		{"", shutsOut, letsIn}, // ALLOW
		{"action: ALLOW, ", shutsOut, letsIn},
		{"action: DENY, ", letsIn, shutsOut},
		{"action: CUSTOM, provider: {name: oauth}, ", letsIn, oneFamily},
		{"action: AUDIT, ", oneFamily, oneFamily},
	} {
		for _, f := range fields {
			code := action.lookedFor
			if f.excepted {
				code = action.excepted
			}
			spec := fmt.Sprintf("{%srules: [{from: [{source: {%s: [10.0.0.0/8, 192.0.2.1]}}]}]}", action.words, f.field)
			path := patch.Path("/spec/rules/0/from/0/source").Field(f.field)
			cells = append(cells, cell{action.words + f.field, spec, []audit.Finding{{Code: code, Path: path, Value: "10.0.0.0/8,192.0.2.1"}}})
		}
	}
	testKind(t, "security.istio.io/v1", "AuthorizationPolicy", cells)
}

// TestAuthorizationLists has a cell for each kind of list, and where it stands.
func TestAuthorizationLists(t *testing.T) {
	one := func(code audit.Code, path patch.Path, value string) []audit.Finding {
		return []audit.Finding{{Code: code, Path: path, Value: value}}
	}
	testKind(t, "security.istio.io/v1", "AuthorizationPolicy", []cell{
		{"no rules", `{}`, nil},
		{"no source", `{rules: [{from: [{}], to: [{operation: {ports: ["80"]}}]}]}`, nil},
		{"both families", `{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8, "fd00::/8"]}}]}]}`, nil},
		{"all IPv4 addresses", `{rules: [{from: [{source: {ipBlocks: [0.0.0.0/0]}}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/0/from/0/source/ipBlocks", "0.0.0.0/0")},
		{"IPv6 only", `{rules: [{from: [{source: {ipBlocks: ["fd00::/8"]}}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/0/from/0/source/ipBlocks", "fd00::/8")},
		{"an IPv4 range in IPv6", `{rules: [{from: [{source: {ipBlocks: ["::ffff:10.0.0.1"]}}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/0/from/0/source/ipBlocks", "::ffff:10.0.0.1")},
		{"something that is no range", `{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8, office]}}]}]}`, nil},
		{"empty", `{rules: [{from: [{source: {ipBlocks: []}}]}]}`, nil},
		{"in snake case", `{rules: [{from: [{source: {not_ip_blocks: [10.0.0.0/8]}}]}]}`, one(audit.CodeAuthorizationLetsIn, "/spec/rules/0/from/0/source/notIpBlocks", "10.0.0.0/8")},
		{"second rule, second source", `{rules: [{}, {from: [{}, {source: {ipBlocks: [10.0.0.0/8]}}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/1/from/1/source/ipBlocks", "10.0.0.0/8")},
		{"condition", `{rules: [{when: [{key: source.ip, values: [10.0.0.0/8]}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/0/when/0/values", "10.0.0.0/8")},
		{"condition on the address that was asked for", `{rules: [{when: [{key: destination.ip, values: [10.0.0.1]}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/0/when/0/values", "10.0.0.1")},
		{"exception in a condition", `{action: DENY, rules: [{when: [{key: remote.ip, notValues: [10.0.0.0/8]}]}]}`, one(audit.CodeAuthorizationShutsOut, "/spec/rules/0/when/0/notValues", "10.0.0.0/8")},
		{"condition on something else", `{rules: [{when: [{key: "request.headers[x-from]", values: [10.0.0.1]}]}]}`, nil},
	})
}
