package istio

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The ports that the proxy itself listens on from its start: the kubelet's probes
// ask the first, Prometheus the second.
const (
	statusPort  = 15021
	metricsPort = 15090
)

// bootstrapFile is the part of Envoy's bootstrap that says where it listens:
// https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/listener/v3/listener.proto
type bootstrapFile struct {
	StaticResources struct {
		Listeners []struct {
			Address             socket `json:"address"`
			AdditionalAddresses []struct {
				Address socket `json:"address"`
			} `json:"additionalAddresses"`
		} `json:"listeners"`
	} `json:"static_resources"`
}

type socket struct {
	SocketAddress struct {
		Address string `json:"address"`
		Port    int    `json:"port_value"`
	} `json:"socket_address"`
}

// listensDual reports whether the Pod's proxy listens on both families, on the
// ports that it opens by itself.
func (o *oracle) listensDual(t *testing.T, pod *corev1.Pod, podIP string) bool {
	t.Helper()
	proxy := find(pod, "istio-proxy")
	if proxy == nil {
		t.Fatal("the Pod has no istio-proxy")
	}
	text := o.run(t, "envoy-bootstrap", environment(t, pod, proxy, podIP), func(output string) []string {
		return []string{o.template, output, proxy.Args[1]}
	})
	var file bootstrapFile
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatalf("decoding Envoy's bootstrap: %v", err)
	}
	addresses := map[int][]string{}
	for _, listener := range file.StaticResources.Listeners {
		port := listener.Address.SocketAddress.Port
		addresses[port] = append(addresses[port], listener.Address.SocketAddress.Address)
		for _, additional := range listener.AdditionalAddresses {
			addresses[port] = append(addresses[port], additional.Address.SocketAddress.Address)
		}
	}
	for _, port := range []int{statusPort, metricsPort} {
		slices.Sort(addresses[port])
		switch strings.Join(addresses[port], " ") {
		case "0.0.0.0 ::":
		case "0.0.0.0":
			return false
		default:
			t.Fatalf("the proxy listens on %q, port %d; want 0.0.0.0, with or without ::", addresses[port], port)
		}
	}
	return true
}

// bootstrapTemplate returns the path of the template that is in Istio's images.
func bootstrapTemplate(t *testing.T) string {
	t.Helper()
	return filepath.Join(moduleDirectory(t, "istio.io/istio"), "tools/packaging/common/envoy_bootstrap.json")
}
