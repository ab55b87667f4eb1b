package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// istioEnabled returns a policy that changes Pods, with istiod dual-stack.
func istioEnabled(t testing.TB) mutate.Policy {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return mutate.Policy{
		Mode:     mutate.ModeApply,
		Headless: true,
		Profiles: profiles,
		Facts:    mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}}},
	}
}

func container(name string, env ...mutate.EnvVarView) mutate.ContainerView {
	return mutate.ContainerView{Name: name, Env: env}
}

func dualStack(value string) mutate.EnvVarView {
	return mutate.EnvVarView{Name: "ISTIO_DUAL_STACK", Value: value}
}

var (
	other    = mutate.EnvVarView{Name: "OTHER", Value: "x"}
	fromRef  = mutate.EnvVarView{Name: "ISTIO_DUAL_STACK", ValueFrom: &struct{}{}}
	app      = container("app", dualStack("app"), other)
	statusOK = `add /metadata/annotations {"dualstack.dev/status":"istio=rewritten"}`
)

func pod(spec mutate.PodSpecView) *mutate.PodView {
	return &mutate.PodView{Metadata: &mutate.MetadataView{Name: "web-0", Namespace: "shop"}, Spec: &spec}
}

func TestPodIstio(t *testing.T) {
	type list = []mutate.ContainerView
	refused := func(code mutate.Code) string {
		return `add /metadata/annotations {"dualstack.dev/status":"istio=refused:` + string(code) + `"}`
	}
	for _, tc := range []struct {
		name  string
		spec  mutate.PodSpecView
		want  []string
		notes []mutate.Code
	}{
		{
			"Sidecar:none",
			mutate.PodSpecView{Containers: list{app}},
			nil,
			[]mutate.Code{mutate.CodeNoSidecar},
		},
		{
			"Sidecar:classic_Env:absent",
			mutate.PodSpecView{InitContainers: list{container("istio-init")}, Containers: list{app, container("istio-proxy", other)}},
			[]string{
				`add /spec/initContainers/0/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
				`add /spec/containers/1/env/- {"name":"ISTIO_DUAL_STACK","value":"true"}`,
				statusOK,
			},
			[]mutate.Code{mutate.CodeSidecarRewritten, mutate.CodeSidecarRewritten},
		},
		{
			"Sidecar:native_Env:absent",
			mutate.PodSpecView{InitContainers: list{container("istio-init", other), container("istio-proxy", other)}, Containers: list{app}},
			[]string{
				`add /spec/initContainers/0/env/- {"name":"ISTIO_DUAL_STACK","value":"true"}`,
				`add /spec/initContainers/1/env/- {"name":"ISTIO_DUAL_STACK","value":"true"}`,
				statusOK,
			},
			[]mutate.Code{mutate.CodeSidecarRewritten, mutate.CodeSidecarRewritten},
		},
		{
			"Sidecar:cni_Env:absent",
			mutate.PodSpecView{InitContainers: list{container("istio-validation"), container("istio-proxy")}},
			[]string{
				`add /spec/initContainers/0/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
				`add /spec/initContainers/1/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
				statusOK,
			},
			[]mutate.Code{mutate.CodeSidecarRewritten, mutate.CodeSidecarRewritten},
		},
		{
			"Init:true_Proxy:absent",
			mutate.PodSpecView{InitContainers: list{container("istio-init", dualStack("true"))}, Containers: list{container("istio-proxy")}},
			[]string{
				`add /spec/containers/0/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
				statusOK,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeSidecarRewritten},
		},
		{
			"Init:true_Proxy:1",
			mutate.PodSpecView{InitContainers: list{container("istio-init", dualStack("true"))}, Containers: list{container("istio-proxy", dualStack("1"))}},
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"Init:absent_Proxy:false",
			mutate.PodSpecView{InitContainers: list{container("istio-init")}, Containers: list{container("istio-proxy", dualStack("false"))}},
			[]string{refused(mutate.CodeSettingKept)},
			[]mutate.Code{mutate.CodeSettingKept},
		},
		{
			"Init:false_Proxy:false",
			mutate.PodSpecView{InitContainers: list{container("istio-init", dualStack("false"))}, Containers: list{container("istio-proxy", dualStack("false"))}},
			[]string{refused(mutate.CodeSettingKept)},
			[]mutate.Code{mutate.CodeSettingKept, mutate.CodeSettingKept},
		},
		{
			"Init:empty_Proxy:absent",
			mutate.PodSpecView{InitContainers: list{container("istio-init", dualStack(""))}, Containers: list{container("istio-proxy")}},
			[]string{refused(mutate.CodeSettingKept)},
			[]mutate.Code{mutate.CodeSettingKept},
		},
		{
			"Init:absent_Proxy:valueFrom",
			mutate.PodSpecView{InitContainers: list{container("istio-init")}, Containers: list{container("istio-proxy", fromRef)}},
			[]string{refused(mutate.CodeSettingKept)},
			[]mutate.Code{mutate.CodeSettingKept},
		},
		{
			"Proxy:reference",
			mutate.PodSpecView{Containers: list{container("istio-proxy", dualStack("$(OTHER)"))}},
			[]string{refused(mutate.CodeSettingKept)},
			[]mutate.Code{mutate.CodeSettingKept},
		},
		{
			"Proxy:false-then-true",
			mutate.PodSpecView{Containers: list{container("istio-proxy", dualStack("false"), dualStack("true"))}},
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"Proxy:true-then-false",
			mutate.PodSpecView{Containers: list{container("istio-proxy", dualStack("true"), dualStack("false"))}},
			[]string{refused(mutate.CodeSettingKept)},
			[]mutate.Code{mutate.CodeSettingKept},
		},
		{
			"HostNetwork:true",
			mutate.PodSpecView{Containers: list{container("istio-proxy")}, HostNetwork: true},
			[]string{refused(mutate.CodeHostNetwork)},
			[]mutate.Code{mutate.CodeHostNetwork},
		},
		{
			"OS:windows",
			mutate.PodSpecView{Containers: list{container("istio-proxy")}, OS: &mutate.PodOSView{Name: corev1.Windows}},
			[]string{refused(mutate.CodeWindows)},
			[]mutate.Code{mutate.CodeWindows},
		},
		{
			"OS:linux",
			mutate.PodSpecView{Containers: list{container("istio-proxy", other)}, OS: &mutate.PodOSView{Name: corev1.Linux}},
			[]string{`add /spec/containers/0/env/- {"name":"ISTIO_DUAL_STACK","value":"true"}`, statusOK},
			[]mutate.Code{mutate.CodeSidecarRewritten},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := mutate.Pod(pod(tc.spec), istioEnabled(t))
			if diff := cmp.Diff(tc.want, operations(t, got)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, codesOf(got)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func codesOf(r mutate.Result) []mutate.Code {
	var codes []mutate.Code
	for _, note := range r.Notes {
		codes = append(codes, note.Code)
	}
	return codes
}
