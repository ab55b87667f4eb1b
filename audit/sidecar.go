package audit

import (
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Sidecar returns the listeners on one address, and the endpoints that the
// requests of both families go to. Without a bind a listener has the addresses
// of both (pilot/pkg/networking/core/listener_inbound.go and listener.go); the
// endpoint is one address, of the Pod or its loopback (cluster.go,
// buildInboundClustersFromSidecar).
func Sidecar(sidecar *networkingv1.Sidecar) []Finding {
	var findings []Finding
	add := func(code Code, path patch.Path, value string) {
		if familyOf(value) != noFamily {
			findings = append(findings, Finding{code, path, value})
		}
	}
	for i, ingress := range sidecar.Spec.GetIngress() {
		path := patch.Path("/spec/ingress").Index(i)
		add(CodeSidecarBind, path.Field("bind"), ingress.GetBind())
		add(CodeSidecarDefaultEndpoint, path.Field("defaultEndpoint"), ingress.GetDefaultEndpoint())
	}
	for i, egress := range sidecar.Spec.GetEgress() {
		add(CodeSidecarBind, patch.Path("/spec/egress").Index(i).Field("bind"), egress.GetBind())
	}
	return findings
}
