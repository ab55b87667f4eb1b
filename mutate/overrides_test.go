package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
)

// keyOverrides is where Istio keeps what the author set in its containers.
const keyOverrides = "proxy.istio.io/overrides"

// TestPodOverrides wants a Pod with settings of its author's in the sidecar to be
// patched only where the injector is known to be called once, and otherwise never
// only to say so.
func TestPodOverrides(t *testing.T) {
	const user = `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":4242}}]}`
	rewritten := []string{
		`add /spec/containers/0/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
		`add /metadata/annotations/dualstack.dev~1status "istio=rewritten"`,
	}
	refused := func(code mutate.Code) []string {
		return []string{`add /metadata/annotations/dualstack.dev~1status "istio=refused:` + string(code) + `"`}
	}
	for _, tc := range []struct {
		name         string
		istiod, once mutate.State
		env          []mutate.EnvVarView
		want         []string
		notes        []mutate.Code
	}{
		{"Injector:once", mutate.Enabled, mutate.Enabled, nil, rewritten, []mutate.Code{mutate.CodeSidecarRewritten}},
		{"Injector:again", mutate.Enabled, mutate.Disabled, nil, nil, []mutate.Code{mutate.CodeSidecarOverrides}},
		{"Injector:unknown", mutate.Enabled, mutate.Unknown, nil, nil, []mutate.Code{mutate.CodeSidecarOverrides}},
		{"Injector:once_Istiod:unknown", mutate.Unknown, mutate.Enabled, nil, refused(mutate.CodeMeshNotDual), []mutate.Code{mutate.CodeMeshNotDual}},
		{"Injector:again_Istiod:unknown", mutate.Unknown, mutate.Disabled, nil, nil, []mutate.Code{mutate.CodeMeshNotDual}},
		{"Injector:once_Env:false", mutate.Enabled, mutate.Enabled, []mutate.EnvVarView{dualStack("false")}, refused(mutate.CodeSettingKept), []mutate.Code{mutate.CodeSettingKept}},
		{"Injector:again_Env:false", mutate.Enabled, mutate.Disabled, []mutate.EnvVarView{dualStack("false")}, nil, []mutate.Code{mutate.CodeSettingKept}},
		{"Injector:again_Env:true", mutate.Enabled, mutate.Disabled, []mutate.EnvVarView{dualStack("true")}, nil, []mutate.Code{mutate.CodeAlreadyDual}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy", tc.env...)}})
			p.Metadata.Annotations = meta{keyOverrides: user}
			policy := istioEnabled(t)
			policy.Facts.Meshes = map[string]mutate.Mesh{"istio": {DualStack: tc.istiod, InjectsOnce: tc.once}}
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

// TestPodOverridesSaying tells what says anything about the sidecar from what does
// not, where the injector is called again.
func TestPodOverridesSaying(t *testing.T) {
	for _, tc := range []struct {
		name, overrides string
		want            mutate.Code
	}{
		{"Nothing", `{}`, mutate.CodeSidecarRewritten},
		{"Name", `{"containers":[{"name":"istio-proxy"}]}`, mutate.CodeSidecarRewritten},
		{"Defaults", `{"initContainers":[{"name":"istio-proxy","image":"auto","resources":{},"restartPolicy":"Always","terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"Always"}]}`, mutate.CodeSidecarRewritten},
		{"Empty", `{"containers":[{"name":"istio-proxy","image":"","env":[],"securityContext":null}]}`, mutate.CodeSidecarRewritten},
		{"Image", `{"containers":[{"name":"istio-proxy","image":"proxyv2:debug"}]}`, mutate.CodeSidecarOverrides},
		{"PullPolicy", `{"containers":[{"name":"istio-proxy","imagePullPolicy":"Never"}]}`, mutate.CodeSidecarOverrides},
		{"Resources", `{"containers":[{"name":"istio-proxy","resources":{"limits":{"cpu":"1"}}}]}`, mutate.CodeSidecarOverrides},
		{"Env", `{"containers":[{"name":"istio-proxy","env":[{"name":"GOGC","value":"50"}]}]}`, mutate.CodeSidecarOverrides},
		{"Number", `{"containers":[{"name":"istio-proxy","unknown":0}]}`, mutate.CodeSidecarOverrides},
		{"InitContainer", `{"initContainers":[{"name":"istio-init","args":["x"]}]}`, mutate.CodeSidecarOverrides},
		{"Unreadable", `{`, mutate.CodeSidecarOverrides},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}})
			p.Metadata.Annotations = meta{keyOverrides: tc.overrides}
			if got := mutate.Pod(p, istioEnabled(t)).Notes[0].Code; got != tc.want {
				t.Errorf("Pod() = %s, want %s", got, tc.want)
			}
		})
	}
}

// TestPodInjector wants the injectors of the Pod's revision or tag to count.
func TestPodInjector(t *testing.T) {
	injectors := map[string]mutate.State{"once": mutate.Enabled, "again": mutate.Disabled, "production": mutate.Enabled}
	const status = "sidecar.istio.io/status"
	for _, tc := range []struct {
		name                string
		labels, annotations meta
		others              mutate.State
		want                mutate.Code
	}{
		{"Status:once", nil, meta{status: `{"revision":"once"}`}, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"Status:again_Others:once", nil, meta{status: `{"revision":"again"}`}, mutate.Enabled, mutate.CodeSidecarOverrides},
		{"Status:another_Others:unknown", nil, meta{status: `{"revision":"new"}`}, mutate.Unknown, mutate.CodeSidecarOverrides},
		{"Status:another_Others:once", nil, meta{status: `{"revision":"new"}`}, mutate.Enabled, mutate.CodeSidecarRewritten},
		{"Status:again_Label:once", meta{"istio.io/rev": "once"}, meta{status: `{"revision":"again"}`}, mutate.Unknown, mutate.CodeSidecarOverrides},
		{"Label:tag", meta{"istio.io/rev": "production"}, meta{}, mutate.Unknown, mutate.CodeSidecarRewritten},
		{"None_Others:unknown", nil, meta{}, mutate.Unknown, mutate.CodeSidecarOverrides},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}})
			p.Metadata.Labels, p.Metadata.Annotations = tc.labels, tc.annotations
			p.Metadata.Annotations[keyOverrides] = `{"containers":[{"name":"istio-proxy","args":["x"]}]}`
			policy := istioEnabled(t)
			policy.Facts.Meshes = map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled, InjectsOnce: tc.others, Injectors: injectors}}
			if got := mutate.Pod(p, policy).Notes[0].Code; got != tc.want {
				t.Errorf("Pod() = %s, want %s", got, tc.want)
			}
		})
	}
}
