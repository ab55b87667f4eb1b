package mutate_test

import (
	"encoding/json"
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

// TestNoProxyRules wants of containers made at random what must hold of any: the
// two names stay equal if they were, what was there stays at the front, no other
// variable changes, and the second time nothing does.
func TestNoProxyRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	policy := noProxyEnabled(t)
	names := []string{"NO_PROXY", "no_proxy", "HTTP_PROXY", "OTHER"}
	values := []string{"localhost", "localhost, 10.0.0.0/8", ".svc", "fd00::/8,fd00::5", "*", "", "$(NO_PROXY)", "$(no_proxy)", "$(NODE)", "http://proxy:3128"}
	changes := 0
	for range 10_000 {
		c := mutate.ContainerView{Name: "web"}
		for range random.IntN(5) {
			v := mutate.EnvVarView{Name: names[random.IntN(len(names))], Value: values[random.IntN(len(values))]}
			if random.IntN(8) == 0 {
				v.Value, v.ValueFrom = "", &struct{}{}
			}
			c.Env = append(c.Env, v)
		}
		p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{c}})
		result := mutate.Pod(p, policy)
		if result.Patch == nil {
			continue
		}
		changes++
		checkTwice(t, p, result, policy)
		doc, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		after := view[mutate.PodView](t, applyPatch(t, doc, result)).Spec.Containers[0].Env
		for i, v := range c.Env {
			isOurs := strings.EqualFold(v.Name, "NO_PROXY")
			if !strings.HasPrefix(after[i].Value, v.Value) || !isOurs && after[i].Value != v.Value {
				t.Fatalf("%+v became %+v: want only additions to the end of NO_PROXY", c.Env, after)
			}
		}
		if literal(c.Env, "NO_PROXY") == literal(c.Env, "no_proxy") && literal(after, "NO_PROXY") != literal(after, "no_proxy") {
			t.Fatalf("%+v became %+v: want the two names to stay equal", c.Env, after)
		}
	}
	if changes < 1000 {
		t.Errorf("%d Pods changed: the rules are hardly tested", changes)
	}
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
