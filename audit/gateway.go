package audit

import (
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Gateway returns the servers that listen on one address: with a bind, also one
// to all addresses of a family, Envoy gets no other one
// (pilot/pkg/networking/core/gateway.go, buildGatewayListeners). A Unix socket
// has no family.
func Gateway(gateway *networkingv1.Gateway) []Finding {
	var findings []Finding
	servers := patch.Path("/spec/servers")
	for i, server := range gateway.Spec.GetServers() {
		if bind := server.GetBind(); familyOf(bind) != noFamily {
			findings = append(findings, Finding{CodeGatewayBind, servers.Index(i).Field("bind"), bind})
		}
	}
	return findings
}
