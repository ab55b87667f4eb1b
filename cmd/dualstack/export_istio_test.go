package main

import (
	"maps"
	"testing"

	networkingv1beta1 "istio.io/client-go/pkg/apis/networking/v1beta1"
	"sigs.k8s.io/yaml"
)

// TestProxyConfig reads the manifest as Istio does: it sets the variable that the
// profile of Istio's sidecar asks for, and nothing else, for all Pods of the
// namespace, since a selector would not count for the mesh.
func TestProxyConfig(t *testing.T) {
	var config networkingv1beta1.ProxyConfig
	if err := yaml.Unmarshal([]byte(proxyConfig("shop")), &config); err != nil {
		t.Fatal(err)
	}
	if got := config.GroupVersionKind().String(); got != "networking.istio.io/v1beta1, Kind=ProxyConfig" || config.Namespace != "shop" {
		t.Errorf("manifest is %s in namespace %q, want a ProxyConfig in shop", got, config.Namespace)
	}
	want := map[string]string{"ISTIO_DUAL_STACK": "true"}
	if got := config.Spec.GetEnvironmentVariables(); !maps.Equal(got, want) {
		t.Errorf("environmentVariables = %v, want %v", got, want)
	}
	if spec := &config.Spec; spec.GetSelector() != nil || spec.GetConcurrency() != nil || spec.GetImage() != nil {
		t.Errorf("spec = %v, want nothing but environmentVariables", spec)
	}
}
