package servers

import (
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/test/admission"
)

// decide returns the container as it is created in a Pod with these sysctls, on a
// cluster whose Pods are dual-stack.
func (p program) decide(t *testing.T, kernel map[string]string) mutate.ContainerView {
	t.Helper()
	known, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	pod := mutate.PodView{
		Metadata: &mutate.MetadataView{Annotations: map[string]string{mutate.KeyServers: "web=" + p.name}},
		Spec:     &mutate.PodSpecView{Containers: []mutate.ContainerView{p.container()}, SecurityContext: &mutate.PodSecurityView{}},
	}
	for name, value := range kernel {
		sysctl := mutate.SysctlView{Name: "net.ipv6." + strings.ReplaceAll(name, "/", "."), Value: value}
		pod.Spec.SecurityContext.Sysctls = append(pod.Spec.SecurityContext.Sysctls, sysctl)
	}
	policy := mutate.Policy{Mode: mutate.ModeApply, Servers: known, Facts: mutate.Facts{Pods: mutate.Enabled}}
	created := admission.Pod(t, &pod, policy)
	return created.Spec.Containers[0]
}
