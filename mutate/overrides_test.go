package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestPodOverrides wants a Pod with settings of its author's in the sidecar to be
// patched only where that cannot break it, and never only to say so.
func TestPodOverrides(t *testing.T) {
	const key = "proxy.istio.io/overrides"
	rewritten := []string{
		`add /spec/containers/0/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
		`add /metadata/annotations/dualstack.dev~1status "istio=rewritten"`,
	}
	for _, tc := range []struct {
		name, overrides string
		facts           mutate.State
		env             []mutate.EnvVarView
		want            []string
		notes           []mutate.Code
	}{
		{"Overrides:user", `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":4242}}]}`, mutate.Enabled, nil, nil, []mutate.Code{mutate.CodeSidecarUser}},
		{"Overrides:user-of-the-template", `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":1337,"runAsGroup":1337}}]}`, mutate.Enabled, nil, rewritten, []mutate.Code{mutate.CodeSidecarRewritten}},
		{"Overrides:group_Native", `{"initContainers":[{"name":"istio-proxy","securityContext":{"runAsGroup":0}}]}`, mutate.Enabled, nil, nil, []mutate.Code{mutate.CodeSidecarUser}},
		{"Overrides:unreadable", `{`, mutate.Enabled, nil, nil, []mutate.Code{mutate.CodeSidecarUser}},
		{"Overrides:resources", `{"containers":[{"name":"istio-proxy","resources":{"limits":{"cpu":"1"}}}]}`, mutate.Enabled, nil, rewritten, []mutate.Code{mutate.CodeSidecarRewritten}},
		{"Overrides:resources_Istiod:unknown", `{"containers":[{"name":"istio-proxy"}]}`, mutate.Unknown, nil, nil, []mutate.Code{mutate.CodeMeshNotDual}},
		{"Overrides:user_Env:false", `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":1}}]}`, mutate.Enabled, []mutate.EnvVarView{dualStack("false")}, nil, []mutate.Code{mutate.CodeSettingKept}},
		{"Overrides:user_Env:true", `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":1}}]}`, mutate.Enabled, []mutate.EnvVarView{dualStack("true")}, nil, []mutate.Code{mutate.CodeAlreadyDual}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy", tc.env...)}})
			p.Metadata.Annotations = meta{key: tc.overrides}
			policy := istioEnabled(t)
			policy.Facts.Meshes = map[string]mutate.Mesh{"istio": {DualStack: tc.facts}}
			got := mutate.Pod(p, policy)
			if diff := cmp.Diff(tc.want, operations(t, got)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, codesOf(got)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}
