package audit

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// consequences say what becomes of requests of the family that a list does not
// have. They are not in it: so a rule that looks for the list does not match
// them, and one that makes an exception of it matches them all.
var consequences = map[security.AuthorizationPolicy_Action]struct {
	lookedFor, excepted Code
}{
	security.AuthorizationPolicy_ALLOW:  {CodeAuthorizationShutsOut, CodeAuthorizationLetsIn},
	security.AuthorizationPolicy_DENY:   {CodeAuthorizationLetsIn, CodeAuthorizationShutsOut},
	security.AuthorizationPolicy_CUSTOM: {CodeAuthorizationLetsIn, CodeAuthorizationOneFamily},
	security.AuthorizationPolicy_AUDIT:  {CodeAuthorizationOneFamily, CodeAuthorizationOneFamily},
}

// addressAttributes are the attributes in a rule's conditions that are
// addresses: https://istio.io/latest/docs/reference/config/security/conditions/
var addressAttributes = []string{"source.ip", "remote.ip", "destination.ip"}

// blocks is a list of addresses and ranges in a rule.
type blocks struct {
	path     patch.Path
	list     []string
	excepted bool // the rule matches what is not in it
}

// AuthorizationPolicy returns the lists of blocks that have one family.
func AuthorizationPolicy(policy *securityv1.AuthorizationPolicy) []Finding {
	var findings []Finding
	consequence := consequences[policy.Spec.GetAction()]
	for i, rule := range policy.Spec.GetRules() {
		for _, b := range ruleBlocks(patch.Path("/spec/rules").Index(i), rule) {
			code := consequence.lookedFor
			if b.excepted {
				code = consequence.excepted
			}
			if oneFamily(b.list) {
				findings = append(findings, Finding{code, b.path, strings.Join(b.list, ",")})
			}
		}
	}
	return findings
}

// ruleBlocks returns the lists of a rule.
func ruleBlocks(path patch.Path, rule *security.Rule) []blocks {
	var all []blocks
	for i, from := range rule.GetFrom() {
		source, path := from.GetSource(), path.Field("from").Index(i).Field("source")
		all = append(all,
			blocks{path.Field("ipBlocks"), source.GetIpBlocks(), false},
			blocks{path.Field("notIpBlocks"), source.GetNotIpBlocks(), true},
			blocks{path.Field("remoteIpBlocks"), source.GetRemoteIpBlocks(), false},
			blocks{path.Field("notRemoteIpBlocks"), source.GetNotRemoteIpBlocks(), true},
		)
	}
	for i, condition := range rule.GetWhen() {
		if path := path.Field("when").Index(i); slices.Contains(addressAttributes, condition.GetKey()) {
			all = append(all,
				blocks{path.Field("values"), condition.GetValues(), false},
				blocks{path.Field("notValues"), condition.GetNotValues(), true},
			)
		}
	}
	return all
}
