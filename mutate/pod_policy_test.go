package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

func TestPodFacts(t *testing.T) {
	absent := mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}}
	already := mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy", dualStack("true"))}}
	for _, tc := range []struct {
		name  string
		state mutate.State
		spec  mutate.PodSpecView
		want  mutate.Code
	}{
		{"Istiod:enabled_Env:absent", mutate.Enabled, absent, mutate.CodeSidecarRewritten},
		{"Istiod:disabled_Env:absent", mutate.Disabled, absent, mutate.CodeMeshNotDual},
		{"Istiod:unknown_Env:absent", mutate.Unknown, absent, mutate.CodeMeshNotDual},
		{"Istiod:unknown_Env:true", mutate.Unknown, already, mutate.CodeAlreadyDual},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := istioEnabled(t)
			policy.Facts = mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: tc.state}}}
			if got := lastCode(t, mutate.Pod(pod(tc.spec), policy)); got != tc.want {
				t.Errorf("Pod() = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestPodMetadata(t *testing.T) {
	for _, tc := range []struct {
		name     string
		metadata *mutate.MetadataView
		want     []mutate.Code
		patched  bool
	}{
		{"Label:off", &mutate.MetadataView{Labels: meta{mutate.KeyMode: "off"}}, []mutate.Code{mutate.CodeOptedOut}, false},
		{"Label:report", &mutate.MetadataView{Labels: meta{mutate.KeyMode: "report"}}, []mutate.Code{mutate.CodeInvalidSetting}, false},
		{"Mirror", &mutate.MetadataView{Annotations: meta{"kubernetes.io/config.mirror": "hash"}}, []mutate.Code{mutate.CodeMirrorPod}, false},
		{"Status:same", &mutate.MetadataView{Annotations: meta{mutate.KeyStatus: "istio=rewritten"}}, []mutate.Code{mutate.CodeSidecarRewritten}, true},
		{"Metadata:absent", nil, []mutate.Code{mutate.CodeIncomplete}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}})
			p.Metadata = tc.metadata
			got := mutate.Pod(p, istioEnabled(t))
			if diff := cmp.Diff(tc.want, codesOf(got)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			if patched := got.Patch != nil; patched != tc.patched {
				t.Errorf("patched = %t, want %t: %v", patched, tc.patched, operations(t, got))
			}
		})
	}
}

func TestPodAbsent(t *testing.T) {
	for _, p := range []*mutate.PodView{nil, {}, {Metadata: &mutate.MetadataView{}}} {
		if got := lastCode(t, mutate.Pod(p, istioEnabled(t))); got != mutate.CodeIncomplete {
			t.Errorf("Pod(%+v) = %s, want %s", p, got, mutate.CodeIncomplete)
		}
	}
}

func TestPodModes(t *testing.T) {
	for _, tc := range []struct {
		mode          mutate.Mode
		patch, report bool
	}{
		{"", false, false},
		{mutate.ModeOff, false, false},
		{mutate.ModeReport, false, true},
		{mutate.ModePods, true, false},
		{mutate.ModeApply, true, false},
	} {
		t.Run("Mode:"+string(tc.mode), func(t *testing.T) {
			policy := istioEnabled(t)
			policy.Mode = tc.mode
			got := mutate.Pod(pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}}), policy)
			if (got.Patch != nil) != tc.patch || got.Reported() != tc.report {
				t.Errorf("Pod() patch = %v, reported = %t; want patch %t, reported %t", got.Patch, got.Reported(), tc.patch, tc.report)
			}
		})
	}
}

// TestPodTwoVariables checks that two variables that are appended to one list
// do not take each other's place.
func TestPodTwoVariables(t *testing.T) {
	policy := istioEnabled(t)
	policy.Profiles = with(t, sidecar.Set{}, `
name: istio
title: Two
outcome: rewritten
about: a
containers: [istio-proxy]
settings:
- {env: A, grammar: boolean, target: "true", absent: added, why: w}
- {env: B, grammar: boolean, target: "true", absent: added, why: w}
verified: v
sources: ["https://example.com/"]
`)
	got := mutate.Pod(pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}}), policy)
	want := []string{
		`add /spec/containers/0/env [{"name":"A","value":"true"}]`,
		`add /spec/containers/0/env/- {"name":"B","value":"true"}`,
		statusOK,
	}
	if diff := cmp.Diff(want, operations(t, got)); diff != "" {
		t.Errorf("patch (-want +got):\n%s", diff)
	}
}
