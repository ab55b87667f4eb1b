package webhook

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// readService reads the next value, a Service, into s, which may be nil, and returns
// it. Null is nil. All that a view has is read, so nothing is ever out of order.
func readService(r *reader, s *mutate.ServiceView, _ ask[mutate.ServiceView]) *mutate.ServiceView {
	if r.absent() {
		return nil
	}
	if s == nil {
		s = &mutate.ServiceView{}
	}
	for name := range r.members() {
		switch string(name) {
		case "metadata":
			s.Metadata = r.metadata(s.Metadata)
		case "spec":
			s.Spec = readServiceSpec(r, s.Spec)
		default:
			r.skip()
		}
	}
	return s
}

// skipService is the outline of a Service.
func skipService(r *reader, _ *mutate.ServiceView) *mutate.ServiceView {
	r.skip()
	return nil
}

func readServiceSpec(r *reader, s *mutate.ServiceSpecView) *mutate.ServiceSpecView {
	if r.absent() {
		return nil
	}
	if s == nil {
		s = &mutate.ServiceSpecView{}
	}
	for name := range r.members() {
		switch string(name) {
		case "type":
			s.Type = corev1.ServiceType(r.text())
		case "selector":
			s.Selector = r.entries(s.Selector, mutate.Text)
		case "clusterIP":
			s.ClusterIP = r.text()
		case "clusterIPs":
			s.ClusterIPs = r.texts(mutate.Addresses)
		case "ipFamilyPolicy":
			s.IPFamilyPolicy = nil
			if !r.null() {
				s.IPFamilyPolicy = new(corev1.IPFamilyPolicy(r.text()))
			}
		case "ipFamilies":
			s.IPFamilies = families(r.texts(mutate.Addresses))
		case "externalIPs":
			s.ExternalIPs = r.texts(mutate.Addresses)
		case "loadBalancerIP":
			s.LoadBalancerIP = r.text()
		case "loadBalancerClass":
			s.LoadBalancerClass = r.text()
		case "loadBalancerSourceRanges":
			s.LoadBalancerSourceRanges = r.texts(mutate.Addresses)
		default:
			r.skip()
		}
	}
	return s
}

func families(names []string) []corev1.IPFamily {
	var list []corev1.IPFamily
	for _, name := range names {
		list = append(list, corev1.IPFamily(name))
	}
	return list
}
