package istio

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	k8syaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// testByHand creates Pods that istioctl kube-inject has injected, where nothing
// else is injected.
func (c *cluster) testByHand(t *testing.T, o *oracle) {
	for capture, name := range map[string]string{"init": "", "cni": "cni"} {
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			t.Run("Mesh:"+capture+"_Sidecar:"+kind, func(t *testing.T) {
				for _, tc := range podCases {
					if tc.bare || tc.broken {
						continue
					}
					t.Run(tc.name, func(t *testing.T) {
						c.testPod(t, o, outside, tc, c.charts[name].inject(t, tc.read(t, kind)))
					})
				}
			})
		}
	}
}

// inject returns the Pod that istioctl kube-inject makes of this one.
func (c *chart) inject(t *testing.T, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	in, err := yaml.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.byHand(bytes.NewReader(in), &out); err != nil {
		t.Fatalf("injecting by hand: %v", err)
	}
	injected := &corev1.Pod{}
	if err := k8syaml.NewYAMLOrJSONDecoder(&out, 4096).Decode(injected); err != nil {
		t.Fatal(err)
	}
	return injected
}
