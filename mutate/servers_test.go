package mutate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/server"
)

// serversKnown returns a policy that changes Pods, on a cluster whose Pods are
// dual-stack.
func serversKnown(t testing.TB) mutate.Policy {
	t.Helper()
	servers, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	policy := istioEnabled(t)
	policy.Servers = servers
	policy.Facts.Pods = mutate.Enabled
	return policy
}

// TestServersRefused has each reason not to tell a server of an IPv6 address, and
// the server that needs none of it.
func TestServersRefused(t *testing.T) {
	sysctl := func(name, value string) *mutate.PodSecurityView {
		return &mutate.PodSecurityView{Sysctls: []mutate.SysctlView{{Name: "kernel.shm_rmid_forced", Value: "1"}, {Name: name, Value: value}}}
	}
	proxy := container("istio-proxy")
	for _, tc := range []struct {
		name     string
		spec     mutate.PodSpecView
		facts    mutate.Facts
		mirror   bool
		override string
		gunicorn mutate.Code
		uvicorn  mutate.Code
	}{
		{name: "Pods:dual", facts: mutate.Facts{Pods: mutate.Enabled}, gunicorn: mutate.CodeServerRewritten, uvicorn: mutate.CodeServerRewritten},
		{name: "Pods:unknown", gunicorn: mutate.CodePodsNotDual, uvicorn: mutate.CodeServerRewritten},
		{name: "Pods:single", facts: mutate.Facts{Pods: mutate.Disabled, DualStack: mutate.Enabled}, gunicorn: mutate.CodePodsNotDual, uvicorn: mutate.CodeServerRewritten},
		{name: "Sysctl:bindv6only", facts: mutate.Facts{Pods: mutate.Enabled}, spec: mutate.PodSpecView{SecurityContext: sysctl("net.ipv6.bindv6only", "1")}, gunicorn: mutate.CodePodSysctl, uvicorn: mutate.CodeServerRewritten},
		{name: "Sysctl:disable_ipv6", facts: mutate.Facts{Pods: mutate.Enabled}, spec: mutate.PodSpecView{SecurityContext: sysctl("net/ipv6/conf/eth0.1/disable_ipv6", "1")}, gunicorn: mutate.CodePodSysctl, uvicorn: mutate.CodeServerRewritten},
		{name: "Sysctl:off", facts: mutate.Facts{Pods: mutate.Enabled}, spec: mutate.PodSpecView{SecurityContext: sysctl("net.ipv6.bindv6only", "0")}, gunicorn: mutate.CodeServerRewritten, uvicorn: mutate.CodeServerRewritten},
		{name: "HostNetwork:true", facts: mutate.Facts{Pods: mutate.Enabled}, spec: mutate.PodSpecView{HostNetwork: true}, gunicorn: mutate.CodeHostNetwork, uvicorn: mutate.CodeHostNetwork},
		{name: "OS:windows", facts: mutate.Facts{Pods: mutate.Enabled}, spec: mutate.PodSpecView{OS: &mutate.PodOSView{Name: corev1.Windows}}, gunicorn: mutate.CodeWindows, uvicorn: mutate.CodeWindows},
		{name: "Mirror:true", facts: mutate.Facts{Pods: mutate.Enabled}, mirror: true, gunicorn: mutate.CodeMirrorPod, uvicorn: mutate.CodeMirrorPod},
		{name: "Sidecar:refused", facts: mutate.Facts{Pods: mutate.Enabled}, spec: mutate.PodSpecView{Containers: []mutate.ContainerView{proxy}}, gunicorn: mutate.CodeSidecarNotDual, uvicorn: mutate.CodeSidecarNotDual},
		{name: "Sidecar:already-dual_Overrides:some", facts: mutate.Facts{Pods: mutate.Enabled}, override: `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":1}}]}`, spec: mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy", dualStack("true"))}}, gunicorn: mutate.CodeSidecarOverrides, uvicorn: mutate.CodeSidecarOverrides},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for name, want := range map[string]mutate.Code{"gunicorn": tc.gunicorn, "uvicorn": tc.uvicorn} {
				spec := tc.spec
				spec.Containers = append([]mutate.ContainerView{{Name: "web", Args: []string{"--bind=0.0.0.0:80", "--host=0.0.0.0"}}}, spec.Containers...)
				p := pod(spec)
				p.Metadata.Annotations = meta{mutate.KeyServers: "web=" + name}
				if tc.mirror {
					p.Metadata.Annotations["kubernetes.io/config.mirror"] = "x"
				}
				if tc.override != "" {
					p.Metadata.Annotations["proxy.istio.io/overrides"] = tc.override
				}
				policy := serversKnown(t)
				policy.Facts = tc.facts
				got := mutate.Pod(p, policy)
				if code := got.Notes[len(got.Notes)-1].Code; code != want {
					t.Errorf("%s: code = %s, want %s", name, code, want)
				}
				if changes := strings.Contains(fmt.Sprint(operations(t, got)), "/args/"); changes != (want == mutate.CodeServerRewritten) {
					t.Errorf("%s: patch = %v, want it to change the server only with %s", name, operations(t, got), mutate.CodeServerRewritten)
				}
			}
		})
	}
}

func TestServersAnnotation(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []mutate.Code
	}{
		{"web=gunicorn", []mutate.Code{mutate.CodeServerRewritten}},
		{"web=gunicorn,app=go", []mutate.Code{mutate.CodeServerRewritten, mutate.CodeAlreadyDual}},
		{"web=Gunicorn", []mutate.Code{mutate.CodeInvalidSetting, mutate.CodeNoSidecar}},
		{"web=gunicorn,", []mutate.Code{mutate.CodeInvalidSetting, mutate.CodeNoSidecar}},
		{"web=gunicorn, app=go", []mutate.Code{mutate.CodeInvalidSetting, mutate.CodeNoSidecar}},
		{"web=gunicorn,web=uvicorn", []mutate.Code{mutate.CodeInvalidSetting, mutate.CodeNoSidecar}},
		{"web", []mutate.Code{mutate.CodeInvalidSetting, mutate.CodeNoSidecar}},
		{"", []mutate.Code{mutate.CodeInvalidSetting, mutate.CodeNoSidecar}},
	} {
		t.Run(tc.text, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{{Name: "web", Args: []string{"--bind=0.0.0.0:80"}}, {Name: "app"}}})
			p.Metadata.Annotations = meta{mutate.KeyServers: tc.text}
			if diff := cmp.Diff(tc.want, codesOf(mutate.Pod(p, serversKnown(t)))); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServersVariable wants the last of two variables to count, as for the
// kubelet, and one whose value comes from elsewhere not to be read.
func TestServersVariable(t *testing.T) {
	host := func(value string) mutate.EnvVarView { return mutate.EnvVarView{Name: "HOST", Value: value} }
	for _, tc := range []struct {
		name string
		env  []mutate.EnvVarView
		want mutate.Code
	}{
		{"Last:unspecified", []mutate.EnvVarView{host("127.0.0.1"), host("0.0.0.0")}, mutate.CodeServerRewritten},
		{"Last:loopback", []mutate.EnvVarView{host("0.0.0.0"), host("127.0.0.1")}, mutate.CodeServerKept},
		{"Last:elsewhere", []mutate.EnvVarView{host("0.0.0.0"), {Name: "HOST", ValueFrom: &struct{}{}}}, mutate.CodeServerUnreadable},
		{"None", nil, mutate.CodeServerNoAddress},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{{Name: "web", Env: tc.env}}})
			p.Metadata.Annotations = meta{mutate.KeyServers: "web=node"}
			if diff := cmp.Diff([]mutate.Code{tc.want}, codesOf(mutate.Pod(p, serversKnown(t)))); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServersRules wants of Pods made at random what must hold of any: a server
// that was not named is never told anything; one that was keeps its ports and all
// that is no unspecified address; where it is refused nothing of it changes; and
// the Pod, admitted again, is left alone.
func TestServersRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	changes := 0
	known := serversKnown(t)
	for range 20_000 {
		p, policy := randomServers(random, known)
		result := mutate.Pod(p, policy)
		checkTwice(t, p, result, policy)
		rewritten := slices.ContainsFunc(result.Notes, func(n mutate.Note) bool { return n.Code == mutate.CodeServerRewritten })
		for _, op := range result.Patch {
			text, _ := op.Value.(string)
			switch {
			case strings.HasPrefix(op.Path, "/metadata/annotations"):
				continue
			case !rewritten, !strings.HasPrefix(op.Path, "/spec/containers/0/"):
				t.Fatalf("%s of %+v, want nothing but the server of web to change; notes %v", op.Path, p.Spec.Containers, result.Notes)
			}
			if before := valueAt(p, op.Path); before != "" && portsOf(before) != portsOf(text) {
				t.Fatalf("%s: %q became %q, want its ports to stay", op.Path, before, text)
			}
			changes++
		}
		for _, n := range result.Notes {
			if n.Code == mutate.CodeServerRewritten && !strings.Contains(n.Old, "0.0.0.0") && !strings.HasPrefix(n.Old, ":") && !strings.Contains(n.Old, "*") {
				t.Fatalf("%q became %q, want only an unspecified address to change", n.Old, n.New)
			}
		}
	}
	if changes < 300 {
		t.Errorf("%d changes: the rules are hardly tested", changes)
	}
}

// checkTwice wants the Pod that comes out to stay as it is.
func checkTwice(t *testing.T, p *mutate.PodView, result mutate.Result, policy mutate.Policy) {
	t.Helper()
	if result.Patch == nil {
		return
	}
	doc, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	again := mutate.Pod(view[mutate.PodView](t, applyPatch(t, doc, result)), policy)
	if again.Patch != nil {
		t.Fatalf("the second patch of %s = %v, want none; the first was %v", doc, operations(t, again), operations(t, result))
	}
}

// randomServers returns a Pod whose container web is named, beside one that is
// not, and the facts that it meets.
func randomServers(random *rand.Rand, policy mutate.Policy) (*mutate.PodView, mutate.Policy) {
	words := []string{
		"--bind", "-b", "--host", "--urls", "runserver", "--bind=0.0.0.0:80", "--host=0.0.0.0", "0.0.0.0:80", "0.0.0.0", "127.0.0.1", "127.0.0.1:80",
		"::", "[::]:80", ":80", "*", "10.0.0.0", "10.0.0.0/8", "0.0.0.0/0", "$(POD_IP):80", "v0.0.0.0", "sh", "-c", "--", "--workers", "http://0.0.0.0:80;http://*:81",
	}
	values := []string{"0.0.0.0", "127.0.0.1", "::", "$(HOST)", "http://0.0.0.0:80", ""}
	some := func(list []string, n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = list[random.IntN(len(list))]
		}
		return out
	}
	made := func(name string) mutate.ContainerView {
		c := mutate.ContainerView{Name: name, Command: some(words, random.IntN(3)), Args: some(words, random.IntN(6))}
		for _, variable := range some([]string{"HOST", "HOSTNAME", "ASPNETCORE_URLS", "OTHER"}, random.IntN(3)) {
			c.Env = append(c.Env, mutate.EnvVarView{Name: variable, Value: some(values, 1)[0]})
		}
		return c
	}
	known := policy.Servers[random.IntN(len(policy.Servers))]
	p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{made("web"), made("app")}, HostNetwork: random.IntN(8) == 0})
	p.Metadata.Annotations = meta{mutate.KeyServers: "web=" + known.Name}
	policy.Facts.Pods = []mutate.State{mutate.Enabled, mutate.Enabled, mutate.Unknown}[random.IntN(3)]
	return p, policy
}

// valueAt returns the text that a path of the first container leads to; "" for
// the end of a list.
func valueAt(p *mutate.PodView, path string) string {
	c := p.Spec.Containers[0]
	var list string
	var i int
	if _, err := fmt.Sscanf(strings.ReplaceAll(strings.TrimPrefix(path, "/spec/containers/0/"), "/", " "), "%s %d", &list, &i); err != nil {
		return ""
	}
	switch list {
	case "command":
		return c.Command[i]
	case "args":
		return c.Args[i]
	default:
		return c.Env[i].Value
	}
}

// portsOf returns the numbers behind a colon that end an address.
func portsOf(text string) string {
	var ports []string
	for part := range strings.SplitSeq(text, ";") {
		if i := strings.LastIndex(part, ":"); i >= 0 && !strings.Contains(part, "::") || strings.Contains(part, "]:") {
			ports = append(ports, part[i+1:])
		}
	}
	return strings.Join(ports, ",")
}
