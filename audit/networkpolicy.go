package audit

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// NetworkPolicy returns the rules whose blocks are of one family: whatever else a
// rule lists, it allows no address of the other by its blocks. A rule without
// peers allows both. Of the exceptions nothing is said: they are of the family of
// their block (k8s.io/kubernetes/pkg/apis/networking/validation).
func NetworkPolicy(policy *networkingv1.NetworkPolicy) []Finding {
	var findings []Finding
	for i, rule := range policy.Spec.Ingress {
		findings = append(findings, oneFamilyPeers(patch.Path("/spec/ingress").Index(i).Field("from"), rule.From)...)
	}
	for i, rule := range policy.Spec.Egress {
		findings = append(findings, oneFamilyPeers(patch.Path("/spec/egress").Index(i).Field("to"), rule.To)...)
	}
	return findings
}

// oneFamilyPeers returns a finding if the blocks among the peers are of one
// family.
func oneFamilyPeers(path patch.Path, peers []networkingv1.NetworkPolicyPeer) []Finding {
	var blocks []string
	for _, peer := range peers {
		if peer.IPBlock != nil {
			blocks = append(blocks, peer.IPBlock.CIDR)
		}
	}
	if !oneFamily(blocks) {
		return nil
	}
	return []Finding{{CodeNetworkPolicyBlocks, path, strings.Join(blocks, ",")}}
}
