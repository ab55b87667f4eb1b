package mutate_test

import (
	"maps"
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
version: {annotation: linkerd.io/proxy-version, atLeast: {edge: "24.8.2"}}
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
		g := newGenerator(seed, profiles)
		doc, policy := g.pod(), g.policy()
		policy.Profiles, policy.Bypass = profiles, base.Bypass
		if seed%10 == 0 {
			policy.Profiles = off
		}
		result := mutate.Pod(view[mutate.PodView](t, doc), policy)
		for _, sidecar := range checkSidecars(t, doc, policy, result) {
			changed[sidecar] = true
		}
		if result.Patch != nil && losesSettings(doc) {
			t.Errorf("the Pod has settings that any patch costs it, and has the patch %v", operations(t, result))
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
// said to be possible, and to no other. The test's own profile, of which no page says
// anything, need not come to all.
func checkCodes(t *testing.T, profiles sidecar.Set, reached map[string]bool) {
	t.Helper()
	want := map[string]bool{}
	for _, p := range profiles.All() {
		for _, code := range mutate.SidecarCodes(p) {
			if entry := p.Name + " " + string(code); p.Name != "own" || reached[entry] {
				want[entry] = true
			}
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

// losesSettings reports whether a generated Pod has settings of its author's that Istio's
// injection resets once anything in the Pod changes.
func losesSettings(doc []byte) bool {
	text := string(doc)
	return strings.Contains(text, `\"tty\":true`) && strings.Contains(text, `"name":"istio-`)
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
