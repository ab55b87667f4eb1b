package mutate_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

type meta = map[string]string

func TestServiceInMeshedNamespace(t *testing.T) {
	istio := func(s mutate.State) mutate.Facts {
		return mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: s}}}
	}
	canary := mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {
		Revisions: map[string]mutate.State{"canary": mutate.Enabled, "stable": mutate.Disabled, "default": mutate.Disabled},
		Tags:      map[string]mutate.State{"production": mutate.Enabled},
	}}}
	tagged := mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {
		Revisions: map[string]mutate.State{"canary": mutate.Enabled, "default": mutate.Disabled},
		Tags:      map[string]mutate.State{"default": mutate.Enabled},
	}}}
	for _, tc := range []struct {
		name                string
		labels, annotations meta
		facts               mutate.Facts
		want                mutate.Code
	}{
		{"Mesh:none", nil, nil, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"Istio:injection_Fact:unknown", meta{"istio-injection": "enabled"}, nil, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"Istio:injection_Fact:disabled", meta{"istio-injection": "enabled"}, nil, istio(mutate.Disabled), mutate.CodeMeshNotDual},
		{"Istio:injection_Fact:enabled", meta{"istio-injection": "enabled"}, nil, istio(mutate.Enabled), mutate.CodeServiceDualStack},
		{"Istio:injection-disabled", meta{"istio-injection": "disabled"}, nil, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"Istio:injection-nonsense", meta{"istio-injection": "maybe"}, nil, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"Istio:rev_Fact:unknown", meta{"istio.io/rev": "canary"}, nil, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"Istio:rev_Fact:enabled", meta{"istio.io/rev": "canary"}, nil, istio(mutate.Enabled), mutate.CodeServiceDualStack},
		{"Istio:rev_Revision:enabled", meta{"istio.io/rev": "canary"}, nil, canary, mutate.CodeServiceDualStack},
		{"Istio:rev_Revision:disabled", meta{"istio.io/rev": "stable"}, nil, canary, mutate.CodeMeshNotDual},
		{"Istio:rev_Revision:not-known", meta{"istio.io/rev": "other"}, nil, canary, mutate.CodeMeshNotDual},
		{"Istio:rev_Tag:enabled", meta{"istio.io/rev": "production"}, nil, canary, mutate.CodeServiceDualStack},
		{"Istio:injection_Tag:default-enabled", meta{"istio-injection": "enabled"}, nil, tagged, mutate.CodeServiceDualStack},
		{"Istio:injection_Revision:default-disabled", meta{"istio-injection": "enabled"}, nil, canary, mutate.CodeMeshNotDual},
		{"Istio:injection-and-rev_Revision:enabled", meta{"istio-injection": "enabled", "istio.io/rev": "canary"}, nil, canary, mutate.CodeMeshNotDual},
		{"Linkerd:annotation", nil, meta{"linkerd.io/inject": "enabled"}, istio(mutate.Enabled), mutate.CodeMeshNotDual},
		{"Linkerd:ingress", nil, meta{"linkerd.io/inject": "ingress"}, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"Linkerd:disabled", nil, meta{"linkerd.io/inject": "disabled"}, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"Kuma:label", meta{"kuma.io/sidecar-injection": "enabled"}, nil, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"Kuma:false", meta{"kuma.io/sidecar-injection": "false"}, nil, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"Consul:annotation", nil, meta{"consul.hashicorp.com/connect-inject": "true"}, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"AppMesh:label", meta{"appmesh.k8s.aws/sidecarInjectorWebhook": "enabled"}, nil, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"AppMesh:disabled", meta{"appmesh.k8s.aws/sidecarInjectorWebhook": "disabled"}, nil, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"Linkerd:annotation_Fact:enabled", nil, meta{"linkerd.io/inject": "enabled"}, mutate.Facts{Meshes: map[string]mutate.Mesh{"linkerd": {DualStack: mutate.Enabled}}}, mutate.CodeServiceDualStack},
		{"Linkerd:annotation_Fact:disabled", nil, meta{"linkerd.io/inject": "enabled"}, mutate.Facts{Meshes: map[string]mutate.Mesh{"linkerd": {DualStack: mutate.Disabled}}}, mutate.CodeMeshNotDual},
		{"Ambient:label", meta{"istio.io/dataplane-mode": "ambient"}, nil, istio(mutate.Enabled), mutate.CodeMeshNotDual},
		{"Ambient:label_Fact:enabled", meta{"istio.io/dataplane-mode": "ambient"}, nil, mutate.Facts{Meshes: map[string]mutate.Mesh{mutate.MeshAmbient: {DualStack: mutate.Enabled}}}, mutate.CodeServiceDualStack},
		{"Ambient:label_Fact:disabled", meta{"istio.io/dataplane-mode": "ambient"}, nil, mutate.Facts{Meshes: map[string]mutate.Mesh{mutate.MeshAmbient: {DualStack: mutate.Disabled}}}, mutate.CodeMeshNotDual},
		{"Ambient:none", meta{"istio.io/dataplane-mode": "none"}, nil, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"OSM:monitored-by", meta{"openservicemesh.io/monitored-by": "osm"}, nil, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"OSM:injection", nil, meta{"openservicemesh.io/sidecar-injection": "enabled"}, mutate.Facts{}, mutate.CodeMeshNotDual},
		{"Istio:enabled_Linkerd:unknown", meta{"istio-injection": "enabled"}, meta{"linkerd.io/inject": "enabled"}, istio(mutate.Enabled), mutate.CodeMeshNotDual},
		{"Istio:injection_Says:none", meta{"istio-injection": "enabled"}, meta{mutate.KeyMesh: "none"}, mutate.Facts{}, mutate.CodeServiceDualStack},
		{"Istio:injection_Says:nonsense", meta{"istio-injection": "enabled"}, meta{mutate.KeyMesh: "no"}, mutate.Facts{}, mutate.CodeMeshNotDual},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := applies
			policy.Facts = tc.facts
			policy = policy.WithNamespace(tc.labels, tc.annotations)
			if got := lastCode(t, mutate.Service(service(), mutate.Before{}, policy)); got != tc.want {
				t.Errorf("Service() = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestMeshOfTheService(t *testing.T) {
	for _, tc := range []struct {
		name      string
		after     mutate.After
		namespace meta
		want      mutate.Code
	}{
		{"Label:istio", service(labelled("istio.io/rev", "canary")), nil, mutate.CodeMeshNotDual},
		{"Annotation:linkerd", service(annotated("linkerd.io/inject", "enabled")), nil, mutate.CodeMeshNotDual},
		{"Annotation:linkerd_Namespace:none", service(annotated("linkerd.io/inject", "enabled")), meta{mutate.KeyMesh: "none"}, mutate.CodeServiceDualStack},
		// Only the Namespace can say that there is no mesh: the Service's author
		// does not decide which Pods are behind it.
		{"Annotation:none_Annotation:linkerd", service(annotated("linkerd.io/inject", "enabled"), annotated(mutate.KeyMesh, "none")), nil, mutate.CodeMeshNotDual},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := applies.WithNamespace(nil, tc.namespace)
			if got := lastCode(t, mutate.Service(tc.after, mutate.Before{}, policy)); got != tc.want {
				t.Errorf("Service() = %s, want %s", got, tc.want)
			}
		})
	}
}
