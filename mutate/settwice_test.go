package mutate_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestPodSetTwice wants what an author appends to the variables that injection sets,
// as Linkerd's config.linkerd.io/proxy-additional-env does, to hold: the kubelet takes
// the last of two.
func TestPodSetTwice(t *testing.T) {
	type list = []mutate.EnvVarView
	const inbound = "LINKERD2_PROXY_INBOUND_LISTEN_ADDR"
	variable := func(name, value string) mutate.EnvVarView { return mutate.EnvVarView{Name: name, Value: value} }
	injected := list{
		variable("LINKERD2_PROXY_CONTROL_LISTEN_ADDR", "0.0.0.0:4190"),
		variable("LINKERD2_PROXY_ADMIN_LISTEN_ADDR", "0.0.0.0:4191"),
		variable("LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS", "127.0.0.1:4140"),
		variable(inbound, "0.0.0.0:4143"),
	}
	rewritten := []mutate.Code{
		mutate.CodeSidecarRewritten, mutate.CodeSidecarRewritten, mutate.CodeSidecarRewritten, mutate.CodeSidecarRewritten,
	}
	for _, tc := range []struct {
		name     string
		appended list
		want     []mutate.Code
	}{
		{"Appended:nothing", nil, append(rewritten, mutate.CodeSidecarRewritten)},
		{"Appended:another", list{variable("LINKERD2_PROXY_LOG", "debug")}, append(rewritten, mutate.CodeSidecarRewritten)},
		{"Appended:same", list{variable(inbound, "0.0.0.0:4143")}, []mutate.Code{mutate.CodeSettingKept}},
		{"Appended:pod-ip", list{variable(inbound, "10.244.1.7:4143")}, []mutate.Code{mutate.CodeSettingKept}},
		{"Appended:both-families", list{variable(inbound, "[::]:4143")}, append(rewritten, mutate.CodeAlreadyDual)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{
				InitContainers: []mutate.ContainerView{{Name: "linkerd-init", Args: []string{"--ipv6=false"}}},
				Containers:     []mutate.ContainerView{container("linkerd-proxy", slices.Concat(injected, tc.appended)...)},
			})
			p.Metadata.Annotations = meta{"linkerd.io/proxy-version": "edge-26.8.1"}
			policy := istioEnabled(t)
			policy.Facts = mutate.Facts{Pods: mutate.Enabled, Meshes: map[string]mutate.Mesh{"linkerd": {DualStack: mutate.Enabled}}}
			if diff := cmp.Diff(tc.want, codesOf(mutate.Pod(p, policy))); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}
