package mutate_test

import (
	stdjson "encoding/json"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// TestSidecarProperties makes Pods of the containers and settings that profiles
// name, with values of every class and in every combination of facts, and wants the
// hard rules to hold for all of them.
func TestSidecarProperties(t *testing.T) {
	profiles := with(t, istioEnabled(t).Profiles, `
name: own
title: Own
outcome: rewritten
about: a
containers: [own]
settings:
- {env: OWN_LISTEN, grammar: host:port, target: "::", absent: unknown, why: w}
- {flags: [--own-listen], grammar: "comma list of host:port", target: "and ::", absent: already-dual, why: w}
verified: v
sources: ["https://example.com/"]
`)
	off, err := profiles.Without(names(profiles)...)
	if err != nil {
		t.Fatal(err)
	}
	base := noProxyEnabled(t)
	changed, reached := map[string]bool{}, map[string]bool{}
	for seed := range uint64(20_000) {
		g := generator{rand.New(rand.NewPCG(seed, 8)), profiles.All()}
		doc, policy := g.pod(), g.policy()
		policy.Profiles, policy.Bypass = profiles, base.Bypass
		if seed%10 == 0 {
			policy.Profiles = off
		}
		result := mutate.Pod(view[mutate.PodView](t, doc), policy)
		for _, sidecar := range checkSidecars(t, doc, policy, result) {
			changed[sidecar] = true
		}
		for _, n := range result.Notes {
			if n.Part != "" && n.Part != "no-proxy" { // That is in no profile.
				reached[n.Part+" "+string(n.Code)] = true
			}
		}
		if result.Patch != nil && checkNoProxy(t, doc, applyPatch(t, doc, result), policy) > 0 {
			changed["no-proxy"] = true
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s\nnotes %+v", seed, doc, result.Notes)
		}
	}
	for _, name := range []string{"istio", "linkerd", "dapr", "own", "no-proxy"} {
		if !changed[name] {
			t.Errorf("no generated Pod has the sidecar %s changed: the properties say nothing about it", name)
		}
	}
	checkCodes(t, profiles, reached)
}

// checkCodes wants the sidecars of generated Pods to have come to the codes that are
// said to be possible, and to no other.
func checkCodes(t *testing.T, profiles sidecar.Set, reached map[string]bool) {
	t.Helper()
	want := map[string]bool{}
	for _, p := range profiles.All() {
		for _, code := range mutate.SidecarCodes(p) {
			want[p.Name+" "+string(code)] = true
		}
		for _, code := range []mutate.Code{mutate.CodeCaptureExtended, mutate.CodeCaptureOpen} {
			if len(p.CIDRLists) > 0 {
				want[p.Name+" "+string(code)] = true
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(reached))); diff != "" {
		t.Errorf("sidecars and the codes they come to (-possible +reached):\n%s", diff)
	}
}

func names(profiles sidecar.Set) []string {
	var names []string
	for _, p := range profiles.All() {
		names = append(names, p.Name)
	}
	return names
}

// generator makes Pods.
type generator struct {
	*rand.Rand
	profiles []*sidecar.Profile
}

func pick[T any](g generator, items ...T) T { return items[g.IntN(len(items))] }

// values are of every class: unspecified, loopback, specific, dual-stack already,
// words, and what is not understood.
func (g generator) value() string {
	return pick(g, "0.0.0.0:4143", "[::]:4143", "127.0.0.1:4140", "127.0.0.1:4140,[::1]:4140", "10.1.2.3:80", ":8080", "localhost:80",
		"0.0.0.0", "::", "[::]", "127.0.0.1", "[::1],127.0.0.1", "::1", "true", "false", "1", "ipv4", "dualstack", "", "$(POD_IP):80",
		"10.0.0.0/8", "0.0.0.0/0", "http://0.0.0.0:80", "0.0.0.0:4140,127.0.0.1:4140", "127.0.0.1:1,127.0.0.1:2")
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
		p := g.profiles[g.IntN(len(g.profiles))]
		for _, name := range append(slices.Clone(p.Containers), p.Prefixes...) {
			if g.IntN(4) > 0 {
				list := pick(g, "initContainers", "containers")
				lists[list] = append(lists[list], g.container(name, p, annotations))
			}
		}
	}
	spec := map[string]any{"initContainers": lists["initContainers"], "containers": lists["containers"]}
	if g.IntN(10) == 0 {
		spec["hostNetwork"] = true
	}
	if g.IntN(10) == 0 {
		spec["os"] = map[string]any{"name": "windows"}
	}
	if g.IntN(10) == 0 {
		annotations["kubernetes.io/config.mirror"] = "mirror"
	}
	if g.IntN(10) == 0 {
		spec["securityContext"] = map[string]any{"sysctls": []any{map[string]any{"name": "net.ipv6.conf.all.disable_ipv6", "value": pick(g, "0", "1")}}}
	}
	doc, err := stdjson.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}, "spec": spec})
	if err != nil {
		panic(err)
	}
	return doc
}

// container has some of the settings of its profile.
func (g generator) container(name string, p *sidecar.Profile, annotations map[string]any) map[string]any {
	var env, args []any
	tame := g.IntN(2) == 0
	for _, variable := range p.Where.Env {
		env = append(env, map[string]any{"name": variable, "value": "x"})
	}
	if o := p.Overrides.Annotation; o != "" && g.IntN(4) == 0 {
		annotations[o] = pick(g, `{"containers":[{"name":"istio-proxy","tty":true}]}`, `{}`)
	}
	for _, list := range p.CIDRLists {
		if slices.Contains(list.Containers, name) && g.IntN(2) == 0 {
			args = append(args, list.Flags[0], pick(g, "10.96.0.0/12", "10.1.0.0/16", "*"))
		}
	}
	for i := range p.Settings {
		s := &p.Settings[i]
		value := g.value()
		if tame {
			value = g.tame(s)
		}
		switch {
		case !tame && g.IntN(4) == 0 || !s.Of(name):
		case s.Annotation != "":
			annotations[s.Annotation] = value
		case s.Env != "":
			env = append(env, map[string]any{"name": s.Env, "value": value})
		case g.IntN(2) == 0:
			args = append(args, s.Flags[0]+"="+value)
		default:
			args = append(args, s.Flags[0], value)
		}
	}
	if g.IntN(10) == 0 {
		args = append([]any{"--"}, args...)
	}
	for range g.IntN(3) {
		env = append(env, map[string]any{"name": pick(g, "NO_PROXY", "no_proxy"), "value": pick(g, noProxyLists...)})
	}
	return map[string]any{"name": name, "env": env, "args": args}
}

// tame returns a value that the setting's grammar reads, and its target changes.
func (g generator) tame(s *sidecar.Setting) string {
	for _, value := range []string{"false", "ipv4", "127.0.0.1:4140", "127.0.0.1", "0.0.0.0:4143", "0.0.0.0"} {
		if changed, _ := s.Grammar.Rewrite(value, s.Target); changed != value {
			return value
		}
	}
	return g.value()
}

// checkSidecars returns the sidecars that changed.
func checkSidecars(t *testing.T, doc []byte, policy mutate.Policy, result mutate.Result) []string {
	t.Helper()
	codes := map[string][]mutate.Code{}
	for _, n := range result.Notes {
		codes[n.Part] = append(codes[n.Part], n.Code)
		if n.Code == mutate.CodeSidecarRewritten {
			checkValue(t, n)
		}
	}
	var changed []string
	uncovered := false
	for _, p := range policy.Profiles.All() {
		rewritten := slices.Contains(codes[p.Name], mutate.CodeSidecarRewritten) || slices.Contains(codes[p.Name], mutate.CodeCaptureExtended)
		refused := slices.ContainsFunc(codes[p.Name], func(c mutate.Code) bool { return c.Kind() == mutate.Refuse && c != mutate.CodeCaptureOpen })
		if rewritten && refused {
			t.Errorf("%s is changed and refused: %v", p.Name, codes[p.Name])
		}
		if rewritten {
			changed = append(changed, p.Name)
			if uncovered && p.Name == "own" {
				t.Errorf("%s serves IPv6 around a mesh that is not known to capture it", p.Name)
			}
		}
		dual := slices.Contains(codes[p.Name], mutate.CodeAlreadyDual)
		uncovered = uncovered || p.Mesh && codes[p.Name] != nil && !rewritten && !dual
	}
	if result.Patch == nil {
		return changed
	}
	patched := applyPatch(t, doc, result)
	for _, name := range changed {
		checkGroup(t, patched, policy, name)
	}
	if changed == nil {
		for _, op := range result.Patch {
			// What changes of a list checkNoProxy looks at.
			if !strings.Contains(op.Path, "/metadata/annotations") && !slices.Contains(extended(result), op.Path) {
				t.Errorf("nothing is said to change, and %s %s", op.Operation, op.Path)
			}
		}
	}
	if second := mutate.Pod(view[mutate.PodView](t, patched), policy); second.Patch != nil {
		t.Errorf("the second application is not empty: %v", operations(t, second))
	}
	return changed
}

// extended returns the paths of the lists that are said to be extended.
func extended(result mutate.Result) []string {
	var paths []string
	for _, n := range result.Notes {
		if n.Code == mutate.CodeNoProxyExtended {
			paths = append(paths, string(n.Path))
		}
	}
	return paths
}

// checkGroup wants a sidecar that changed to be dual-stack as a whole afterwards.
func checkGroup(t *testing.T, patched []byte, policy mutate.Policy, name string) {
	t.Helper()
	for _, n := range mutate.Pod(view[mutate.PodView](t, patched), policy).Notes {
		if n.Part == name && n.Code != mutate.CodeAlreadyDual && n.Code != mutate.CodeCaptureOpen {
			t.Errorf("%s has changed, and is %s afterwards", name, n.Code)
		}
	}
}

// checkValue wants a value to keep its ports and its loopback addresses, and a
// loopback address to gain nothing but another one.
func checkValue(t *testing.T, n mutate.Note) {
	t.Helper()
	before, after := addressesOf(n.Old), addressesOf(n.New)
	for _, a := range before {
		if a.Addr().IsLoopback() && !slices.Contains(after, a) {
			t.Errorf("%q has lost the loopback address %s: %q", n.Old, a, n.New)
		}
	}
	for _, a := range after {
		if slices.Contains(before, a) {
			continue
		}
		twin := slices.ContainsFunc(before, func(b netip.AddrPort) bool {
			return b.Port() == a.Port() && b.Addr().IsLoopback() == a.Addr().IsLoopback() && b.Addr().IsUnspecified() == a.Addr().IsUnspecified()
		})
		if !twin {
			t.Errorf("%q has become %q: %s is of no address that was there", n.Old, n.New, a)
		}
	}
}

// addressesOf returns the addresses in a list, those without a port with port 0.
func addressesOf(text string) []netip.AddrPort {
	var addresses []netip.AddrPort
	for item := range strings.SplitSeq(text, ",") {
		if a, err := netip.ParseAddrPort(item); err == nil {
			addresses = append(addresses, a)
			continue
		}
		if a, err := netip.ParseAddr(strings.Trim(item, "[]")); err == nil {
			addresses = append(addresses, netip.AddrPortFrom(a, 0))
		}
	}
	return addresses
}
