package mutate_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// reach is an injector with a namespaceSelector.
func reach(t *testing.T, mesh, revision string, selector metav1.LabelSelector) mutate.Reach {
	t.Helper()
	namespaces, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		t.Fatal(err)
	}
	return mutate.Reach{Injection: mutate.Injection{Mesh: mesh, Revision: revision}, Namespaces: namespaces}
}

// TestServiceWithinReach holds that a Service is left alone where an injector can reach
// the Pods of its namespace, unless its mesh is known to be dual-stack.
func TestServiceWithinReach(t *testing.T) {
	everywhere := metav1.LabelSelector{}
	outside := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "istio-injection", Operator: metav1.LabelSelectorOpDoesNotExist},
		{Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"alone"}},
	}}
	dual := func(mesh string, m mutate.Mesh) map[string]mutate.Mesh { return map[string]mutate.Mesh{mesh: m} }
	linkerd, canary := reach(t, "linkerd", "", everywhere), reach(t, "istio", "canary", outside)
	for _, tc := range []struct {
		name                string
		reach               []mutate.Reach
		meshes              map[string]mutate.Mesh
		labels, annotations meta
		want                mutate.Code
		mesh                string
	}{
		{"Injector:none", nil, nil, nil, nil, mutate.CodeServiceDualStack, ""},
		{"Linkerd:unknown", []mutate.Reach{linkerd}, nil, nil, nil, mutate.CodeMeshMayReach, "linkerd"},
		{"Linkerd:disabled", []mutate.Reach{linkerd}, dual("linkerd", mutate.Mesh{DualStack: mutate.Disabled}), nil, nil, mutate.CodeMeshMayReach, "linkerd"},
		{"Linkerd:enabled", []mutate.Reach{linkerd}, dual("linkerd", mutate.Mesh{DualStack: mutate.Enabled}), nil, nil, mutate.CodeServiceDualStack, ""},
		{"Linkerd:enabled_Kuma", []mutate.Reach{linkerd, reach(t, "kuma", "", everywhere)}, dual("linkerd", mutate.Mesh{DualStack: mutate.Enabled}), nil, nil, mutate.CodeMeshMayReach, "kuma"},
		{"Linkerd:unknown_Says:none", []mutate.Reach{linkerd}, nil, nil, meta{mutate.KeyMesh: "none"}, mutate.CodeServiceDualStack, ""},
		{"Linkerd:unknown_Says:nonsense", []mutate.Reach{linkerd}, nil, nil, meta{mutate.KeyMesh: "no"}, mutate.CodeMeshMayReach, "linkerd"},
		{"Linkerd:unknown_Namespace:names-it", []mutate.Reach{linkerd}, nil, nil, meta{"linkerd.io/inject": "enabled"}, mutate.CodeMeshNotDual, ""},
		{"Istio:canary-unknown", []mutate.Reach{canary}, nil, nil, nil, mutate.CodeMeshMayReach, "istio"},
		{"Istio:canary-enabled", []mutate.Reach{canary}, dual("istio", mutate.Mesh{Revisions: map[string]mutate.State{"canary": mutate.Enabled}}), nil, nil, mutate.CodeServiceDualStack, ""},
		{"Istio:default-enabled", []mutate.Reach{canary}, dual("istio", mutate.Mesh{Revisions: map[string]mutate.State{"default": mutate.Enabled}}), nil, nil, mutate.CodeMeshMayReach, "istio"},
		{"Istio:canary_Namespace:not-selected", []mutate.Reach{canary}, nil, meta{"istio-injection": "disabled"}, nil, mutate.CodeServiceDualStack, ""},
		{"Istio:canary_Namespace:left-out-by-name", []mutate.Reach{canary}, nil, meta{"kubernetes.io/metadata.name": "alone"}, nil, mutate.CodeServiceDualStack, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := mutate.Policy{Mode: mutate.ModeApply, Facts: mutate.Facts{Meshes: tc.meshes, Reach: tc.reach}}
			p = p.WithNamespace(tc.labels, tc.annotations)
			service := &mutate.ServiceView{Metadata: &mutate.MetadataView{Name: "web"}, Spec: &mutate.ServiceSpecView{}}
			result := mutate.Service(mutate.After{ServiceView: service}, mutate.Before{}, p)
			last := result.Notes[len(result.Notes)-1]
			if last.Code != tc.want || last.Part != tc.mesh {
				t.Errorf("Service() = %s of the mesh %q, want %s of %q", last.Code, last.Part, tc.want, tc.mesh)
			}
		})
	}
}
