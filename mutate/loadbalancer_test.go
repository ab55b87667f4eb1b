package mutate_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

func TestLoadBalancerGuard(t *testing.T) {
	const ranges, class = "service.beta.kubernetes.io/load-balancer-source-ranges", "service.k8s.aws/nlb"
	const awsType, awsIPType = "service.beta.kubernetes.io/aws-load-balancer-type", "service.beta.kubernetes.io/aws-load-balancer-ip-address-type"
	const azure4, azure6 = "service.beta.kubernetes.io/azure-load-balancer-ipv4", "service.beta.kubernetes.io/azure-load-balancer-ipv6"
	field := func(cidrs ...string) func(*mutate.ServiceView) {
		return func(s *mutate.ServiceView) { s.Spec.LoadBalancerSourceRanges = cidrs }
	}
	both := func(s *mutate.ServiceView) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv4", "IPv6"} }
	ofClass := func(s *mutate.ServiceView) { s.Spec.LoadBalancerClass = class }
	type tweaks = []func(*mutate.ServiceView)

	for _, tc := range []struct {
		name   string
		tweaks tweaks
		want   mutate.Code
	}{
		{"Ranges:none", nil, mutate.CodeServiceDualStack},
		{"Ranges:v4", tweaks{field("192.0.2.0/24")}, mutate.CodeLoadBalancerRanges},
		{"Ranges:v6", tweaks{field("2001:db8::/32")}, mutate.CodeLoadBalancerRanges},
		{"Ranges:any-v4", tweaks{field("0.0.0.0/0")}, mutate.CodeLoadBalancerRanges},
		{"Ranges:mapped-v4-and-v4", tweaks{field("192.0.2.0/24", "::ffff:192.0.2.0/120")}, mutate.CodeLoadBalancerRanges},
		{"Ranges:both", tweaks{field("192.0.2.0/24", "2001:db8::/32")}, mutate.CodeServiceDualStack},
		{"Ranges:both-with-spaces", tweaks{field(" 192.0.2.0/24", "2001:db8::/32 ")}, mutate.CodeServiceDualStack},
		{"Ranges:unreadable", tweaks{field("192.0.2.0/24", "2001:db8::/32", "office")}, mutate.CodeLoadBalancerRanges},
		{"RangesAnnotation:v4", tweaks{annotated(ranges, "192.0.2.0/24, 198.51.100.0/24")}, mutate.CodeLoadBalancerRanges},
		{"RangesAnnotation:both", tweaks{annotated(ranges, "192.0.2.0/24, 2001:db8::/32")}, mutate.CodeServiceDualStack},
		{"RangesAnnotation:empty", tweaks{annotated(ranges, " ")}, mutate.CodeServiceDualStack},
		{"Ranges:v4_Families:both", tweaks{field("192.0.2.0/24"), both}, mutate.CodeLoadBalancerRanges},
		{"Address:loadBalancerIP", tweaks{func(s *mutate.ServiceView) { s.Spec.LoadBalancerIP = "192.0.2.1" }}, mutate.CodeLoadBalancerAddress},
		{"Address:MetalLB-v4", tweaks{annotated("metallb.io/loadBalancerIPs", "192.0.2.1")}, mutate.CodeLoadBalancerAddress},
		{"Address:MetalLB-both", tweaks{annotated("metallb.io/loadBalancerIPs", "192.0.2.1,2001:db8::1")}, mutate.CodeServiceDualStack},
		{"Address:MetalLB-old-v6", tweaks{annotated("metallb.universe.tf/loadBalancerIPs", "2001:db8::1")}, mutate.CodeLoadBalancerAddress},
		{"Address:kube-vip-v4", tweaks{annotated("kube-vip.io/loadbalancerIPs", "192.0.2.1")}, mutate.CodeLoadBalancerAddress},
		{"Address:kube-vip-DHCP", tweaks{annotated("kube-vip.io/loadbalancerIPs", "0.0.0.0")}, mutate.CodeLoadBalancerAddress},
		{"Address:Cilium-v4", tweaks{annotated("lbipam.cilium.io/ips", "192.0.2.1")}, mutate.CodeLoadBalancerAddress},
		{"Address:Cilium-old-both", tweaks{annotated("io.cilium/lb-ipam-ips", "192.0.2.1,2001:db8::1")}, mutate.CodeServiceDualStack},
		{"Address:Azure-v4", tweaks{annotated(azure4, "192.0.2.1")}, mutate.CodeLoadBalancerAddress},
		{"Address:Azure-both", tweaks{annotated(azure4, "192.0.2.1"), annotated(azure6, "2001:db8::1")}, mutate.CodeServiceDualStack},
		{"AWS:type-external", tweaks{annotated(awsType, "external")}, mutate.CodeLoadBalancerAWS},
		{"AWS:type-nlb-ip", tweaks{annotated(awsType, "nlb-ip")}, mutate.CodeLoadBalancerAWS},
		{"AWS:class", tweaks{ofClass}, mutate.CodeLoadBalancerAWS},
		{"AWS:class_IPType:ipv4", tweaks{ofClass, annotated(awsIPType, "ipv4")}, mutate.CodeLoadBalancerAWS},
		{"AWS:class_IPType:dualstack", tweaks{ofClass, annotated(awsIPType, "dualstack")}, mutate.CodeServiceDualStack},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := applies
			policy.LoadBalancers = true
			after := service(append(tc.tweaks, ofType(corev1.ServiceTypeLoadBalancer))...)
			if got := lastCode(t, mutate.Service(after, mutate.Before{}, policy)); got != tc.want {
				t.Errorf("Service() = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestGuardIsForLoadBalancersOnly(t *testing.T) {
	after := service(func(s *mutate.ServiceView) { s.Spec.LoadBalancerSourceRanges = []string{"192.0.2.0/24"} })
	if got := lastCode(t, mutate.Service(after, mutate.Before{}, applies)); got != mutate.CodeServiceDualStack {
		t.Errorf("Service() = %s, want %s", got, mutate.CodeServiceDualStack)
	}
}
