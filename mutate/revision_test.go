package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
)

func TestPodRevision(t *testing.T) {
	revisions := map[string]mutate.State{"on": mutate.Enabled, "off": mutate.Disabled, "lost": mutate.Unknown}
	const status = "sidecar.istio.io/status"
	for _, tc := range []struct {
		name                string
		labels, annotations meta
		others              mutate.State
		want                mutate.Code
	}{
		{"Status:enabled", nil, meta{status: `{"revision":"on"}`}, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Status:disabled", nil, meta{status: `{"revision":"off"}`}, mutate.Enabled, mutate.CodeMeshNotDual},
		{"Status:unknown", nil, meta{status: `{"revision":"lost"}`}, mutate.Enabled, mutate.CodeMeshNotDual},
		{"Status:another_Others:unknown", nil, meta{status: `{"revision":"new"}`}, mutate.Unknown, mutate.CodeMeshNotDual},
		{"Status:another_Others:enabled", nil, meta{status: `{"revision":"new"}`}, mutate.Enabled, mutate.CodeSidecarRewritten},
		{"Status:enabled_Label:disabled", meta{"istio.io/rev": "off"}, meta{status: `{"revision":"on"}`}, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Status:no-JSON_Label:enabled", meta{"istio.io/rev": "on"}, meta{status: `{`}, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Annotation:enabled_Label:disabled", meta{"istio.io/rev": "off"}, meta{"istio.io/rev": "on"}, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Label:enabled", meta{"istio.io/rev": "on"}, nil, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Label:tag", meta{"istio.io/rev": "production"}, nil, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Status:revision-called-like-a-tag", nil, meta{status: `{"revision":"production"}`}, mutate.Unknown, mutate.CodeMeshNotDual},
		{"Label:unknown_Others:unknown", meta{"istio.io/rev": "other"}, nil, mutate.Unknown, mutate.CodeMeshNotDual},
		{"None_Others:unknown", nil, nil, mutate.Unknown, mutate.CodeMeshNotDual},
		{"None_Others:enabled", nil, nil, mutate.Enabled, mutate.CodeSidecarRewritten},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}})
			p.Metadata.Labels, p.Metadata.Annotations = tc.labels, tc.annotations
			policy := istioEnabled(t)
			policy.Facts.Meshes = map[string]mutate.Mesh{"istio": {DualStack: tc.others, Revisions: revisions, Tags: map[string]mutate.State{"production": mutate.Enabled}}}
			if got := lastCode(t, mutate.Pod(p, policy)); got != tc.want {
				t.Errorf("Pod() = %s, want %s", got, tc.want)
			}
		})
	}
}

// TestPodChoice wants what the author says in proxy.istio.io/config to hold,
// where injection did not follow it too.
func TestPodChoice(t *testing.T) {
	for _, tc := range []struct {
		name, config string
		want         mutate.Code
		value        string
	}{
		{"YAML:false", "proxyMetadata:\n  ISTIO_DUAL_STACK: \"false\"\n", mutate.CodeSettingKept, "false"},
		{"YAML:true", "proxyMetadata:\n  ISTIO_DUAL_STACK: \"true\"\n", mutate.CodeSidecarRewritten, "true"},
		{"JSON:false", `{"proxyMetadata":{"ISTIO_DUAL_STACK":"0"}}`, mutate.CodeSettingKept, "0"},
		{"JSON:true", `{"proxyMetadata":{"ISTIO_DUAL_STACK":"1"}}`, mutate.CodeSidecarRewritten, "true"},
		{"YAML:boolean", "proxyMetadata: {ISTIO_DUAL_STACK: false}", mutate.CodeSettingKept, "false"},
		{"YAML:empty", "proxyMetadata: {ISTIO_DUAL_STACK: \"\"}", mutate.CodeSettingKept, ""},
		{"YAML:elsewhere", "discoveryAddress: ISTIO_DUAL_STACK", mutate.CodeSidecarRewritten, "true"},
		{"YAML:another", "proxyMetadata: {OTHER: x}", mutate.CodeSidecarRewritten, "true"},
		{"YAML:broken", "proxyMetadata: {ISTIO_DUAL_STACK: [", mutate.CodeSettingKept, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{
				InitContainers: []mutate.ContainerView{container("istio-init")},
				Containers:     []mutate.ContainerView{container("istio-proxy")},
			})
			p.Metadata.Annotations = meta{"proxy.istio.io/config": tc.config}
			got := mutate.Pod(p, istioEnabled(t))
			if got := got.Notes[0]; got.Code != tc.want || got.New != tc.value {
				t.Errorf("first note %s %q, want %s %q", got.Code, got.New, tc.want, tc.value)
			}
			if tc.want != mutate.CodeSettingKept {
				return
			}
			if diff := cmp.Diff([]mutate.Code{mutate.CodeSettingKept}, codesOf(got)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}
