package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

func TestPod(t *testing.T) {
	dns := func(path patch.Path, value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeDNSProxyAddress, Path: path, Value: value}}
	}
	const config = "/metadata/annotations/proxy.istio.io~1config"
	for _, c := range []struct {
		name, pod string
		want      []audit.Finding
	}{
		{"nothing", `{metadata: {}, spec: {containers: [{name: istio-proxy}]}}`, nil},
		{"no metadata", `{spec: {containers: [{name: istio-proxy, env: [{name: DNS_PROXY_ADDR, value: "127.0.0.1:15053"}]}]}}`, nil},
		{
			"bootstrap override", `{metadata: {annotations: {sidecar.istio.io/bootstrapOverride: mine}}}`,
			[]audit.Finding{{Code: audit.CodeBootstrapOverride, Path: "/metadata/annotations/sidecar.istio.io~1bootstrapOverride", Value: "mine"}},
		},
		{"annotation in YAML", `{metadata: {annotations: {proxy.istio.io/config: "proxyMetadata:\n  DNS_PROXY_ADDR: 127.0.0.1:15053\n"}}}`, dns(config, "127.0.0.1:15053")},
		{"annotation in JSON", `{metadata: {annotations: {proxy.istio.io/config: '{"proxyMetadata": {"DNS_PROXY_ADDR": "[::1]:15053"}}'}}}`, dns(config, "[::1]:15053")},
		{"annotation that is no YAML", `{metadata: {annotations: {proxy.istio.io/config: "{DNS_PROXY_ADDR"}}}`, nil},
		{"localhost", `{metadata: {annotations: {proxy.istio.io/config: "proxyMetadata: {DNS_PROXY_ADDR: \"localhost:15053\"}"}}}`, nil},
		{
			"variable of a native sidecar", `{metadata: {}, spec: {initContainers: [{name: istio-init}, {name: istio-proxy, env: [{name: A}, {name: DNS_PROXY_ADDR, value: "127.0.0.1:53"}]}]}}`,
			dns("/spec/initContainers/1/env/1", "127.0.0.1:53"),
		},
		{
			"variable of a classic sidecar", `{metadata: {}, spec: {containers: [{name: istio-proxy, env: [{name: DNS_PROXY_ADDR, value: "127.0.0.1:53"}]}]}}`,
			dns("/spec/containers/0/env/0", "127.0.0.1:53"),
		},
		{"the last of two variables", `{metadata: {}, spec: {containers: [{name: istio-proxy, env: [{name: DNS_PROXY_ADDR, value: "127.0.0.1:53"}, {name: DNS_PROXY_ADDR, value: "localhost:53"}]}]}}`, nil},
		{"variable of the application", `{metadata: {}, spec: {containers: [{name: app, env: [{name: DNS_PROXY_ADDR, value: "127.0.0.1:53"}]}]}}`, nil},
		{"value from elsewhere", `{metadata: {}, spec: {containers: [{name: istio-proxy, env: [{name: DNS_PROXY_ADDR, valueFrom: {}}]}]}}`, nil},
		{"all addresses", `{metadata: {}, spec: {containers: [{name: istio-proxy, env: [{name: DNS_PROXY_ADDR, value: "0.0.0.0:53"}]}]}}`, nil},
		{"no address", `{metadata: {}, spec: {containers: [{name: istio-proxy, env: [{name: DNS_PROXY_ADDR, value: "127.0.0.1"}]}]}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := advise(t, "{apiVersion: v1, kind: Pod, "+c.pod[1:])
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Pod(%s) (-want +got):\n%s", c.pod, diff)
			}
		})
	}
	for _, pod := range []*mutate.PodView{nil, {}, {Metadata: &mutate.MetadataView{}}} {
		if got := audit.Pod(pod); got != nil {
			t.Errorf("Pod(%+v) = %v, want none", pod, got)
		}
	}
}
