package audit

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Service returns what of a Service that has both IP families is of one: the
// ranges that may reach its load balancer, and the addresses of that.
func Service(service *corev1.Service) []Finding {
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer || len(service.Spec.IPFamilies) < 2 {
		return nil
	}
	var findings []Finding
	if ranges := service.Spec.LoadBalancerSourceRanges; oneFamily(ranges) {
		path := patch.Path("/spec/loadBalancerSourceRanges")
		findings = append(findings, Finding{CodeLoadBalancerUnfiltered, path, strings.Join(ranges, ",")})
	}
	var addresses []string
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if _, err := netip.ParseAddr(ingress.IP); err == nil {
			addresses = append(addresses, ingress.IP)
		}
	}
	if oneFamily(addresses) {
		path := patch.Path("/status/loadBalancer/ingress")
		findings = append(findings, Finding{CodeLoadBalancerFamily, path, strings.Join(addresses, ",")})
	}
	return findings
}
