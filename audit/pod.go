package audit

import (
	"net/netip"
	"slices"

	networkingv1beta1 "istio.io/client-go/pkg/apis/networking/v1beta1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// Where a Pod's author tells its proxy something:
// https://istio.io/latest/docs/reference/config/annotations/
const (
	bootstrapOverride = "sidecar.istio.io/bootstrapOverride"
	proxyConfig       = "proxy.istio.io/config"
	proxyMetadata     = "proxyMetadata"
	proxyContainer    = "istio-proxy"
)

// dnsProxyAddress is the variable with the address of the proxy's DNS server.
// Of localhost alone it makes one address of each family:
// pkg/dns/client/dns.go, NewLocalDNSServer.
const dnsProxyAddress = "DNS_PROXY_ADDR"

// Pod returns what the author of a Pod tells its proxy, before injection or
// after.
func Pod(pod *mutate.PodView) []Finding {
	if pod == nil || pod.Metadata == nil || pod.Metadata.Labels[mutate.KeyMode] == string(mutate.ModeOff) {
		return nil
	}
	var findings []Finding
	path := patch.Path("/metadata/annotations")
	annotations := pod.Metadata.Annotations
	if name, ok := annotations[bootstrapOverride]; ok {
		findings = append(findings, Finding{CodeBootstrapOverride, path.Field(bootstrapOverride), name})
	}
	choice := sidecar.Choice{Annotation: proxyConfig, Member: proxyMetadata}
	// An annotation that cannot be read says nothing.
	value, _, _ := choice.Value(sidecar.NewAnnotations(annotations), dnsProxyAddress)
	findings = append(findings, dnsProxy(path.Field(proxyConfig), value)...)
	if pod.Spec == nil {
		return findings
	}
	findings = append(findings, variables("/spec/initContainers", pod.Spec.InitContainers)...)
	return append(findings, variables("/spec/containers", pod.Spec.Containers)...)
}

// variables returns what is in the environment of the proxy, if it is among the
// containers at path. Of two variables with one name the last holds.
func variables(path patch.Path, containers []mutate.ContainerView) []Finding {
	var findings []Finding
	for i, c := range containers {
		if c.Name != proxyContainer {
			continue
		}
		for j, v := range slices.Backward(c.Env) {
			if v.Name == dnsProxyAddress {
				findings = append(findings, dnsProxy(path.Index(i).Field("env").Index(j), v.Value)...)
				break
			}
		}
	}
	return findings
}

// dnsProxy returns the address if it is of one family. Go listens on both for an
// address that stands for all of one:
// https://pkg.go.dev/net#Listen
func dnsProxy(path patch.Path, address string) []Finding {
	listen, err := netip.ParseAddrPort(address)
	if err != nil || listen.Addr().IsUnspecified() {
		return nil
	}
	return []Finding{{CodeDNSProxyAddress, path, address}}
}

// ProxyConfig returns what a namespace or the mesh tells its proxies.
func ProxyConfig(config *networkingv1beta1.ProxyConfig) []Finding {
	path := patch.Path("/spec/environmentVariables").Field(dnsProxyAddress)
	return dnsProxy(path, config.Spec.GetEnvironmentVariables()[dnsProxyAddress])
}
