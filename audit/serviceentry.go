package audit

import (
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// ServiceEntry returns the lists of addresses that have one family: Istio takes
// them as they are. An endpoint that is a name may have both.
func ServiceEntry(entry *networkingv1.ServiceEntry) []Finding {
	var endpoints []string
	for _, endpoint := range entry.Spec.GetEndpoints() {
		endpoints = append(endpoints, endpoint.GetAddress())
	}
	var findings []Finding
	for _, list := range []struct {
		code  Code
		path  patch.Path
		texts []string
	}{
		{CodeServiceEntryAddresses, "/spec/addresses", entry.Spec.GetAddresses()},
		{CodeServiceEntryEndpoints, "/spec/endpoints", endpoints},
	} {
		if oneFamily(list.texts) {
			findings = append(findings, Finding{list.code, list.path, strings.Join(list.texts, ",")})
		}
	}
	return findings
}

// WorkloadEntry returns the address of the workload, unless it is a name.
func WorkloadEntry(entry *networkingv1.WorkloadEntry) []Finding {
	address := entry.Spec.GetAddress()
	if familyOf(address) == noFamily {
		return nil
	}
	return []Finding{{CodeWorkloadEntryAddress, "/spec/address", address}}
}
