package mutate_test

import (
	stdjson "encoding/json"
	"math/rand/v2"
	"slices"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// generator makes Pods.
type generator struct {
	*rand.Rand
	profiles []*sidecar.Profile
	// tame says that settings have values that they can have: in a Pod of many
	// settings with any values no sidecar is ever right.
	tame bool
}

func newGenerator(seed uint64, profiles sidecar.Set) generator {
	r := rand.New(rand.NewPCG(seed, 8))
	return generator{r, profiles.All(), r.IntN(2) == 0}
}

func pick[T any](g generator, items ...T) T { return items[g.IntN(len(items))] }

// often and rarely are for what stands in most Pods, or in few.
func (g generator) often() bool  { return g.IntN(4) > 0 }
func (g generator) rarely() bool { return g.IntN(10) == 0 }

// value returns one of every class: unspecified, loopback, specific, dual-stack
// already, a word, and what is not understood.
func (g generator) value() string {
	return pick(g, "0.0.0.0:4143", "[::]:4143", "127.0.0.1:4140", "127.0.0.1:4140,[::1]:4140", "10.1.2.3:80", ":8080", "localhost:80",
		"0.0.0.0", "::", "[::]", "127.0.0.1", "[::1],127.0.0.1", "::1", "true", "false", "1", "ipv4", "dualstack", "", "$(POD_IP):80",
		"10.0.0.0/8", "0.0.0.0/0", "http://0.0.0.0:80", "0.0.0.0:4140,127.0.0.1:4140", "127.0.0.1:1,127.0.0.1:2")
}

// valueOf returns a value for the setting; a tame one is dual-stack or becomes so.
func (g generator) valueOf(s *sidecar.Setting) string {
	if !g.tame {
		return g.value()
	}
	values := []string{"false", "true", "ipv4", "dualstack", "127.0.0.1:4140", "127.0.0.1", "0.0.0.0:4143", "[::]:4143", "0.0.0.0", "::"}
	g.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	for _, value := range values {
		if _, verdict := s.Rewrite(value); verdict == address.Changed || verdict == address.AlreadyDual {
			return value
		}
	}
	return g.value()
}

func (g generator) policy() mutate.Policy {
	state := func() mutate.State { return pick(g, mutate.Enabled, mutate.Enabled, mutate.Disabled, mutate.Unknown) }
	return mutate.Policy{
		Mode:    mutate.ModeApply,
		CIDRs:   istioCIDRs(),
		NoProxy: pick(g, true, false),
		Facts:   mutate.Facts{Pods: state(), Meshes: map[string]mutate.Mesh{"istio": {DualStack: state()}, "linkerd": {DualStack: state()}}},
	}
}

func (g generator) pod() []byte {
	annotations := map[string]any{"linkerd.io/proxy-version": pick(g, "edge-26.8.1", "edge-26.8.1", "stable-2.14.1", "edge-25.3.1", "")}
	lists := map[string][]any{"initContainers": {}, "containers": {map[string]any{"name": "app"}}}
	for range 1 + g.IntN(3) {
		p := pick(g, g.profiles...)
		g.annotate(annotations, p)
		for _, name := range append(slices.Clone(p.Containers), p.Prefixes...) {
			if g.often() {
				list := pick(g, "initContainers", "containers")
				lists[list] = append(lists[list], g.container(name, p))
			}
		}
	}
	spec := map[string]any{"initContainers": lists["initContainers"], "containers": lists["containers"]}
	if g.rarely() {
		spec["hostNetwork"] = true
	}
	if g.rarely() {
		spec["os"] = map[string]any{"name": "windows"}
	}
	if g.rarely() {
		annotations["kubernetes.io/config.mirror"] = "mirror"
	}
	if g.rarely() {
		spec["securityContext"] = map[string]any{"sysctls": []any{map[string]any{"name": "net.ipv6.conf.all.disable_ipv6", "value": pick(g, "0", "1")}}}
	}
	doc, err := stdjson.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}, "spec": spec})
	if err != nil {
		panic(err)
	}
	return doc
}

// annotate writes what the profile looks for in annotations.
func (g generator) annotate(annotations map[string]any, p *sidecar.Profile) {
	if len(p.Where.Annotations) > 0 && g.often() {
		annotations[pick(g, p.Where.Annotations...)] = "x"
	}
	if len(p.Elsewhere.Annotations) > 0 && g.rarely() {
		annotations[pick(g, p.Elsewhere.Annotations...)] = "x"
	}
	if o := p.Overrides.Annotation; o != "" && !g.often() {
		annotations[o] = pick(g, `{"containers":[{"name":"istio-proxy","tty":true}]}`, `{}`)
	}
	for i := range p.Settings {
		s := &p.Settings[i]
		switch value := g.valueOf(s); {
		case s.Annotation == "" || !g.tame && !g.often():
		case s.Former != "" && g.rarely():
			annotations[s.Former] = value
		case s.Member != "" && !g.tame:
			annotations[s.Annotation] = pick(g, s.Member+": "+value, s.Member+": [", "other: x")
		case s.Member != "":
			annotations[s.Annotation] = s.Member + ": " + value
		default:
			annotations[s.Annotation] = value
		}
	}
}

// container has some of the settings of its profile.
func (g generator) container(name string, p *sidecar.Profile) map[string]any {
	var env, args []any
	for _, variable := range p.Where.Env {
		env = append(env, map[string]any{"name": variable, "value": "x"})
	}
	for _, list := range p.CIDRLists {
		if slices.Contains(list.Containers, name) && g.IntN(2) == 0 {
			args = append(args, list.Flags[0], pick(g, "10.96.0.0/12", "10.1.0.0/16", "*"))
		}
	}
	for i := range p.Settings {
		s := &p.Settings[i]
		switch value := g.valueOf(s); {
		case s.Annotation != "" || !s.Of(name) || !g.tame && !g.often():
		case s.Env != "":
			env = append(env, map[string]any{"name": s.Env, "value": value})
		case g.IntN(2) == 0:
			args = append(args, s.Flags[0]+"="+value)
		default:
			args = append(args, s.Flags[0], value)
		}
	}
	if g.rarely() {
		args = append([]any{"--"}, args...)
	}
	for range g.IntN(3) {
		env = append(env, map[string]any{"name": pick(g, "NO_PROXY", "no_proxy"), "value": pick(g, noProxyLists...)})
	}
	return map[string]any{"name": name, "env": env, "args": args}
}
