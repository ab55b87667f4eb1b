package mutate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
)

// noProxyEnabled returns a policy that extends NO_PROXY.
func noProxyEnabled(t testing.TB) mutate.Policy {
	t.Helper()
	policy := serversKnown(t)
	policy.NoProxy = true
	var err error
	if policy.Bypass, err = address.ParseBypass([]string{"fd00:10:96::/112", "fd00::5", ".svc"}); err != nil {
		t.Fatal(err)
	}
	return policy
}

// TestNoProxyLeftAlone wants no patch where the setting is off, where any patch
// would do harm, and of what is no literal value.
func TestNoProxyLeftAlone(t *testing.T) {
	list := mutate.EnvVarView{Name: "NO_PROXY", Value: "localhost"}
	elsewhere := mutate.EnvVarView{Name: "NO_PROXY", ValueFrom: &struct{}{}}
	overrides := meta{"proxy.istio.io/overrides": `{"containers":[{"name":"istio-proxy","securityContext":{"runAsUser":1}}]}`}
	for _, tc := range []struct {
		name        string
		off         bool
		annotations meta
		containers  []mutate.ContainerView
		want        mutate.Code
	}{
		{"Setting:off", true, nil, []mutate.ContainerView{container("web", list)}, mutate.CodeNoSidecar},
		{"Annotation:disabled", false, meta{mutate.KeyNoProxy: "disabled"}, []mutate.ContainerView{container("web", list)}, mutate.CodeNoSidecar},
		{"Mirror:true", false, meta{"kubernetes.io/config.mirror": "x"}, []mutate.ContainerView{container("web", list)}, mutate.CodeMirrorPod},
		{"Overrides:some", false, overrides, []mutate.ContainerView{container("web", list), container("istio-proxy", dualStack("true"))}, mutate.CodeSidecarOverrides},
		{"Value:elsewhere", false, nil, []mutate.ContainerView{container("web", elsewhere)}, mutate.CodeNoProxyKept},
		{"Value:absent", false, nil, []mutate.ContainerView{container("web")}, mutate.CodeNoSidecar},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := noProxyEnabled(t)
			policy.NoProxy = !tc.off
			p := pod(mutate.PodSpecView{Containers: tc.containers})
			p.Metadata.Annotations = tc.annotations
			got := mutate.Pod(p, policy)
			if code := got.Notes[len(got.Notes)-1].Code; code != tc.want || got.Patch != nil {
				t.Errorf("code = %s, patch = %v; want %s and none", code, operations(t, got), tc.want)
			}
		})
	}
}

// TestNoProxyRules wants of containers made at random what must hold of any: no
// other variable changes, the second time nothing does, and checkNoProxy.
func TestNoProxyRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	policy := noProxyEnabled(t)
	names := []string{"NO_PROXY", "no_proxy", "HTTP_PROXY", "OTHER"}
	changes := 0
	for range 10_000 {
		c := mutate.ContainerView{Name: "web"}
		for range random.IntN(5) {
			v := mutate.EnvVarView{Name: names[random.IntN(len(names))], Value: noProxyLists[random.IntN(len(noProxyLists))]}
			if random.IntN(8) == 0 {
				v.Value, v.ValueFrom = "", &struct{}{}
			}
			c.Env = append(c.Env, v)
		}
		doc, err := json.Marshal(pod(mutate.PodSpecView{Containers: []mutate.ContainerView{c}}))
		if err != nil {
			t.Fatal(err)
		}
		patched := checkRules(t, doc, podPaths, func(t *testing.T, doc []byte) mutate.Result {
			return mutate.Pod(view[mutate.PodView](t, doc), policy)
		})
		changes += checkNoProxy(t, doc, patched, policy)
		if t.Failed() {
			t.Fatalf("%s", doc)
		}
	}
	if changes < 1000 {
		t.Errorf("%d lists changed: the rules are hardly tested", changes)
	}
}

// noProxyLists are of every class: what has something missing, what has all, what is
// everything or nothing, and what is not known.
var noProxyLists = []string{
	"localhost", "localhost, 10.0.0.0/8", "a .svc", "a,", ".svc", "fd00::/8,fd00::5", "fd00:10:96::/112,fd00::5,[fd00::5],.svc",
	"a,*", "*", "", " ,", "$(NO_PROXY)", "$(no_proxy)", "$(NODE)", "http://proxy:3128",
}

// noProxySpellings are what noProxyEnabled may add.
var noProxySpellings = []string{"fd00:10:96::/112", "fd00::5", "[fd00::5]", ".svc"}

// checkNoProxy wants each list of what is reached without a proxy to be what it was,
// byte for byte; where a note says that it is extended, with hosts of the policy
// behind that; and the two names of the setting to be equal where they were. It
// returns how many lists changed.
func checkNoProxy(t *testing.T, doc, patched []byte, policy mutate.Policy) int {
	t.Helper()
	added := map[string]string{} // by path
	for _, n := range mutate.Pod(view[mutate.PodView](t, doc), policy).Notes {
		if n.Code == mutate.CodeNoProxyExtended && policy.Mode != mutate.ModeReport {
			added[string(n.Path)] = strings.TrimPrefix(n.New, n.Old)
		}
	}
	changes := 0
	before, after := containers(view[mutate.PodView](t, doc)), containers(view[mutate.PodView](t, patched))
	for path, was := range before {
		is := after[path]
		for i, v := range was.Env {
			if !strings.EqualFold(v.Name, "NO_PROXY") {
				continue
			}
			hosts, extended := added[fmt.Sprintf("%s/env/%d/value", path, i)]
			if is.Env[i].Value != v.Value+hosts {
				t.Errorf("%s of %s was %q and is %q: the notes say that %q is added", v.Name, path, v.Value, is.Env[i].Value, hosts)
			}
			if extended {
				changes++
				checkHosts(t, hosts)
			}
		}
		if literal(was.Env, "NO_PROXY") == literal(was.Env, "no_proxy") && literal(is.Env, "NO_PROXY") != literal(is.Env, "no_proxy") {
			t.Errorf("%s: %+v became %+v: want the two names to stay equal", path, was.Env, is.Env)
		}
	}
	return changes
}

func checkHosts(t *testing.T, added string) {
	t.Helper()
	hosts := strings.Split(strings.TrimPrefix(added, ","), ",")
	for i, host := range hosts {
		if !slices.Contains(noProxySpellings, host) || slices.Contains(hosts[:i], host) {
			t.Errorf("%q is added: want each spelling of a host once", added)
		}
	}
}

// containers returns the containers by their paths.
func containers(p *mutate.PodView) map[string]mutate.ContainerView {
	all := map[string]mutate.ContainerView{}
	if p.Spec == nil {
		return all
	}
	for i, c := range p.Spec.InitContainers {
		all[fmt.Sprintf("/spec/initContainers/%d", i)] = c
	}
	for i, c := range p.Spec.Containers {
		all[fmt.Sprintf("/spec/containers/%d", i)] = c
	}
	return all
}

// literal returns the value that a name has in the end; its own reference where it
// has none here.
func literal(env []mutate.EnvVarView, name string) string {
	for _, v := range slices.Backward(env) {
		if v.Name == name && v.ValueFrom == nil {
			return v.Value
		}
	}
	return "$" + name
}
