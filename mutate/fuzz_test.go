package mutate_test

import (
	stdjson "encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// The hard rules, for any object whatever: each patch applies, with the library
// that the API server applies it with; what it does not name stays; it names
// only what it may; the second application is empty; and the same object gives
// the same patch.

// podPaths and servicePaths are the only paths that may be written.
var (
	podPaths     = regexp.MustCompile(`^(/spec/(initContainers|containers)/[0-9]+/(env(/-|/[0-9]+/value)?|(args|command)/([0-9]+|-))|/metadata/annotations(/(dualstack\.dev~1status|traffic\.sidecar\.istio\.io~1(in|ex)cludeOutboundIPRanges))?)$`)
	scalarPaths  = regexp.MustCompile(`/(args|command)/[0-9]+$|/env/[0-9]+/value$`)
	servicePaths = regexp.MustCompile(`^(/spec/ipFamilyPolicy|/spec/ipFamilies|/metadata/annotations(/dualstack\.dev~1status)?)$`)
)

func FuzzPod(f *testing.F) {
	for _, doc := range []string{
		`{"metadata":{},"spec":{"containers":[{"name":"istio-proxy"}]}}`,
		`{"metadata":{"annotations":null},"spec":{"initContainers":[{"name":"istio-init","env":null,"future":1.0}],"containers":[{"name":"app"},{"name":"istio-proxy","env":[{"name":"A","value":"b"}]}]}}`,
		`{"metadata":{"annotations":{"a/b~c":"d"}},"spec":{"containers":[null,{"name":"istio-proxy","env":[null,{"name":"ISTIO_DUAL_STACK","valueFrom":{}}]}]}}`,
		`{"metadata":{"labels":{"dualstack.dev/mode":"off"}},"spec":{"hostNetwork":true,"os":{"name":"windows"}}}`,
		`{"metadata":{"annotations":{"dualstack.dev/status":"istio=rewritten"}},"spec":{"containers":[{"name":"istio-validation","env":[{"name":"ISTIO_DUAL_STACK","value":"TRUE"}]}]}}`,
		`{"metadata":{},"spec":{"initContainers":[{"name":"istio-init","args":["-i","10.96.0.0/12","-x","192.0.2.1/32"]}],"containers":[{"name":"istio-proxy"}]}}`,
		`{"metadata":{"annotations":{"traffic.sidecar.istio.io/excludeOutboundIPRanges":"0.0.0.0/0"}},"spec":{"initContainers":[{"name":"istio-validation","args":["--istio-service-exclude-cidr=10.96.0.0/12","-i","*"]}]}}`,
		`{"metadata":{"annotations":{"dualstack.dev/servers":"web=gunicorn,cache=redis"}},"spec":{"containers":[{"name":"web","args":["--bind","0.0.0.0:80"]},{"name":"cache","command":["redis-server","--bind","0.0.0.0","--port","1"]}]}}`,
		`{"metadata":{"annotations":{"dualstack.dev/servers":"web=node,app=aspnet"}},"spec":{"initContainers":[{"name":"web","env":[{"name":"HOST","value":"0.0.0.0"}]}],"containers":[{"name":"app","env":[{"name":"URLS","value":"http://0.0.0.0"}]},{"name":"istio-proxy"}]}}`,
		`{"metadata":{"annotations":{"linkerd.io/proxy-version":"edge-26.8.1"}},"spec":{"initContainers":[{"name":"linkerd-init","args":["--ipv6=false","--proxy-uid","2102"]},{"name":"linkerd-proxy","env":[{"name":"LINKERD2_PROXY_CONTROL_LISTEN_ADDR","value":"0.0.0.0:4190"},{"name":"LINKERD2_PROXY_ADMIN_LISTEN_ADDR","value":"0.0.0.0:4191"},{"name":"LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS","value":"127.0.0.1:4140"},{"name":"LINKERD2_PROXY_INBOUND_LISTEN_ADDR","value":"0.0.0.0:4143"}]}]}}`,
		`{"metadata":{"annotations":{"consul.hashicorp.com/dual-stack":"false"}},"spec":{"initContainers":[{"name":"osm-init"},{"name":"csql-a","env":[{"name":"CSQL_PROXY_HTTP_ADDRESS","value":"::"}]}],"containers":[{"name":"daprd","args":["/daprd","--dapr-listen-addresses","127.0.0.1"]},{"name":"consul-dataplane-web"},{"name":"envoy","env":[{"name":"APPMESH_APP_PORTS"}]}]}}`,
		`{"metadata":{},"spec":{"initContainers":[{"name":"a","env":[{"name":"NO_PROXY","value":"localhost, 10.0.0.0/8 ,"},{"name":"no_proxy","value":"$(NO_PROXY)"}]}],"containers":[{"name":"istio-proxy","env":[{"name":"no_proxy","value":"a .svc,*"},{"name":"NO_PROXY","value":"a .svc,*"},{"name":"NO_PROXY","valueFrom":{}}]},{"name":"b","env":[{"name":"NO_PROXY","value":"fd00::/8,SVC"},{"name":"no_proxy","value":"*"}]}]}}`,
		`{"metadata":{"annotations":{"dualstack.dev/no-proxy":"enabled"}},"spec":{"containers":[{"name":"a","env":[{"name":"NO_PROXY","value":"x,$(NODE)"},{"name":"no_proxy","value":"x"}]},{"name":"linkerd-proxy","env":[{"name":"no_proxy","value":"[fd00::5]"}]}]}}`,
		`{"metadata":{"annotations":{"proxy.istio.io/config":"proxyMetadata: {ISTIO_DUAL_STACK: no}","istio.io/rev":"x"}},"spec":{"containers":[{"name":"istio-proxy"}]}}`,
	} {
		for bits := range uint8(32) {
			f.Add([]byte(doc), bits)
		}
	}
	base := noProxyEnabled(f)
	base.CIDRs = istioCIDRs()
	base.Facts.Meshes["linkerd"] = mutate.Mesh{DualStack: mutate.Enabled}
	f.Fuzz(func(t *testing.T, doc []byte, bits uint8) {
		policy := base
		policy.Mode = []mutate.Mode{mutate.ModeApply, mutate.ModePods, mutate.ModeReport, mutate.ModeOff}[bits&3]
		if bits&4 != 0 {
			policy.Facts = mutate.Facts{}
		}
		if bits&8 != 0 {
			policy.Facts.Meshes = map[string]mutate.Mesh{"istio": {Revisions: map[string]mutate.State{"x": mutate.Enabled}}}
		}
		policy.NoProxy = bits&16 != 0
		patched := checkRules(t, doc, podPaths, func(t *testing.T, doc []byte) mutate.Result {
			return mutate.Pod(view[mutate.PodView](t, doc), policy)
		})
		checkNoProxy(t, doc, patched, policy)
	})
}

func FuzzService(f *testing.F) {
	for _, doc := range []string{
		`{"metadata":{},"spec":{}}`,
		`{"metadata":{"annotations":{"a":"b"},"labels":{"istio.io/rev":"x"}},"spec":{"type":"LoadBalancer","loadBalancerSourceRanges":["10.0.0.0/8"],"ports":[{"port":80}]}}`,
		`{"metadata":{"annotations":{"dualstack.dev/load-balancers":"enabled"}},"spec":{"clusterIP":"None","ipFamilies":["IPv6"],"future":{"a":1e3}}}`,
		`{"metadata":null,"spec":{"type":"ExternalName","ipFamilyPolicy":null}}`,
		`{"metadata":{"annotations":{"metallb.io/loadBalancerIPs":"192.0.2.1,2001:db8::1"}},"spec":{"type":"LoadBalancer","ipFamilyPolicy":""}}`,
		`{"metadata":{"annotations":{"dualstack.dev/policy":"RequireDualStack","dualstack.dev/primary-family":"IPv6"}},"spec":{"ipFamilies":[],"externalIPs":["192.0.2.1"]}}`,
		`{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"},"spec":{"ipFamilyPolicy":"PreferDualStack","ipFamilies":null}}`,
	} {
		for _, bits := range []uint16{0, 1, 2, 4, 8, 16, 32, 16 | 64, 16 | 128, 16 | 64 | 256, 16 | 64 | 128} {
			f.Add([]byte(doc), bits)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, bits uint16) {
		policy, before := serviceFuzzed(bits)
		checkRules(t, doc, servicePaths, func(t *testing.T, doc []byte) mutate.Result {
			after := mutate.After{ServiceView: view[mutate.ServiceView](t, doc)}
			return mutate.Service(after, before, policy)
		})
	})
}

// serviceFuzzed returns the settings, facts and operation that bits stand for.
func serviceFuzzed(bits uint16) (mutate.Policy, mutate.Before) {
	on := func(bit uint16) bool { return bits&bit != 0 }
	policy := mutate.Policy{Mode: mutate.ModeApply, Headless: !on(1), LoadBalancers: !on(2)}
	if on(4) {
		policy = policy.WithNamespace(meta{"istio-injection": "enabled"}, nil)
	}
	if on(8) {
		policy.Mode = mutate.ModeReport
	}
	if on(16) {
		policy.Facts.DualStack = mutate.Enabled
	}
	if on(32) {
		policy.Facts.DualStack = mutate.Disabled
	}
	if on(64) {
		policy.PrimaryFamily = corev1.IPv6Protocol
	}
	if on(128) {
		policy.FamilyPolicy = corev1.IPFamilyPolicyRequireDualStack
	}
	if on(256) {
		return policy, mutate.Before(service(ofType(corev1.ServiceTypeExternalName)))
	}
	return policy, mutate.Before{}
}

// view decodes as the webhook does. It skips what is not an object that an API
// server could send: two members of one name mean different things to different
// readers.
func view[O any](t *testing.T, doc []byte) *O {
	t.Helper()
	var unique any
	if json.Unmarshal(doc, &unique) != nil {
		t.Skip("not a JSON document, or one with duplicate names")
	}
	o := new(O)
	if json.Unmarshal(doc, o) != nil {
		t.Skip("not of the shape of the object")
	}
	return o
}

// checkRules returns the object as it is patched.
func checkRules(t *testing.T, doc []byte, allowed *regexp.Regexp, decide func(*testing.T, []byte) mutate.Result) []byte {
	t.Helper()
	result := decide(t, doc)
	if diff := cmp.Diff(result, decide(t, doc)); diff != "" {
		t.Fatalf("the second decision about %s differs (-first +second):\n%s", doc, diff)
	}
	if len(result.Notes) == 0 {
		t.Fatalf("no note about %s", doc)
	}
	if result.Patch == nil {
		return doc
	}
	for _, op := range result.Patch {
		if replaces := scalarPaths.MatchString(op.Path); (op.Operation == "replace") != replaces || op.Operation != "replace" && op.Operation != "add" || !allowed.MatchString(op.Path) {
			t.Errorf("operation %s %s is not one that may be made", op.Operation, op.Path)
		}
		if field, ok := strings.CutPrefix(op.Path, "/spec/ipFamil"); ok && !absent(t, doc, "ipFamil"+field) {
			t.Errorf("operation %s %s changes what the author of %s wrote", op.Operation, op.Path, doc)
		}
	}
	patched := applyPatch(t, doc, result)
	if second := decide(t, patched); second.Patch != nil {
		t.Errorf("the second application to %s is not empty: %v", doc, operations(t, second))
	}
	checkRanges(t, doc, patched)
	if diff := cmp.Diff(rest(t, doc), rest(t, patched)); diff != "" {
		t.Errorf("the patch of %s changed what it does not name (-before +after):\n%s", doc, diff)
	}
	return patched
}

func applyPatch(t *testing.T, doc []byte, result mutate.Result) []byte {
	t.Helper()
	ops, err := stdjson.Marshal(result.Patch)
	if err != nil {
		t.Fatalf("encoding the patch: %v", err)
	}
	patch, err := jsonpatchv4.DecodePatch(ops)
	if err != nil {
		t.Fatalf("decoding the patch %s: %v", ops, err)
	}
	patched, err := patch.Apply(doc)
	if err != nil {
		t.Fatalf("applying %s to %s: %v", ops, doc, err)
	}
	return patched
}

// rest returns the object without what a patch may write, with numbers as they
// were spelled.
func rest(t *testing.T, doc []byte) any {
	t.Helper()
	decoder := stdjson.NewDecoder(strings.NewReader(string(doc)))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		t.Fatalf("decoding %s: %v", doc, err)
	}
	var named string
	if metadata, ok := object["metadata"].(map[string]any); ok {
		annotations, _ := metadata["annotations"].(map[string]any)
		named, _ = annotations[mutate.KeyServers].(string)
		delete(annotations, mutate.KeyStatus)
		delete(annotations, includeKey)
		delete(annotations, excludeKey)
		if len(annotations) == 0 {
			delete(metadata, "annotations")
		}
	}
	spec, _ := object["spec"].(map[string]any)
	// Who wrote over an author's is found above.
	delete(spec, "ipFamilyPolicy")
	delete(spec, "ipFamilies")
	for _, list := range []string{"initContainers", "containers"} {
		containers, _ := spec[list].([]any)
		for _, c := range containers {
			if container, ok := c.(map[string]any); ok {
				dropVariable(container)
				dropServer(container, named)
				dropListeners(container)
				dropNoProxy(container)
				args, _ := container["args"].([]any)
				for i, arg := range args {
					args[i] = withoutIPv6(arg)
				}
			}
		}
	}
	return object
}

// absent reports whether a field of the spec is left out: null and a list of
// none are the same to the API server.
func absent(t *testing.T, doc []byte, field string) bool {
	t.Helper()
	var object struct{ Spec map[string]any }
	if err := stdjson.Unmarshal(doc, &object); err != nil {
		t.Fatalf("decoding %s: %v", doc, err)
	}
	list, isList := object.Spec[field].([]any)
	return object.Spec[field] == nil || isList && len(list) == 0
}

// checkRanges wants the lists of captured ranges to be what they were, with
// nothing but IPv6 ranges added.
func checkRanges(t *testing.T, doc, patched []byte) {
	t.Helper()
	var before, after struct {
		Metadata struct{ Annotations map[string]any }
	}
	if stdjson.Unmarshal(doc, &before) != nil || stdjson.Unmarshal(patched, &after) != nil {
		return
	}
	for _, key := range []string{includeKey, excludeKey} {
		was, ok := before.Metadata.Annotations[key]
		if is := after.Metadata.Annotations[key]; ok && withoutIPv6(was) != withoutIPv6(is) {
			t.Errorf("the annotation %s became %v, from %v", key, is, was)
		}
	}
}

// withoutIPv6 returns a list of ranges without those at its end that may have
// been added.
func withoutIPv6(list any) any {
	text, ok := list.(string)
	for _, added := range []string{",fd00:10:96::/112", ",::/0"} {
		text = strings.ReplaceAll(text, added, "")
	}
	if !ok {
		return list
	}
	return text
}

// dropServer drops what may be told to a server that the annotation names. Which
// of it changes, and how, TestServersRules looks at.
func dropServer(container map[string]any, named string) {
	name, _ := container["name"].(string)
	if name == "" || !strings.Contains(","+named, ","+name+"=") {
		return
	}
	delete(container, "command")
	delete(container, "args")
	env, _ := container["env"].([]any)
	for _, v := range env {
		if variable, ok := v.(map[string]any); ok {
			delete(variable, "value")
		}
	}
}

// dropListeners drops what may change of the sidecars whose listeners do. Which of it
// changes, and how, TestSidecarProperties looks at.
func dropListeners(container map[string]any) {
	env, _ := container["env"].([]any)
	for _, v := range env {
		variable, _ := v.(map[string]any)
		name, _ := variable["name"].(string)
		if container["name"] == "linkerd-proxy" && strings.Contains(name, "_LISTEN_ADDR") {
			delete(variable, "value")
		}
	}
	args, _ := container["args"].([]any)
	for i, arg := range args {
		text, _ := arg.(string)
		switch {
		case container["name"] == "daprd":
			args[i] = strings.ReplaceAll(text, ",[::1]", "")
		case container["name"] == "linkerd-init" && (strings.HasPrefix(text, "--ipv6=") || i > 0 && args[i-1] == "--ipv6"):
			args[i] = "--ipv6"
		}
	}
}

// dropNoProxy drops what is reached without a proxy. How that changes checkNoProxy
// looks at.
func dropNoProxy(container map[string]any) {
	env, _ := container["env"].([]any)
	for _, v := range env {
		variable, _ := v.(map[string]any)
		if name := variable["name"]; name == "NO_PROXY" || name == "no_proxy" {
			delete(variable, "value")
		}
	}
}

func dropVariable(container map[string]any) {
	env, _ := container["env"].([]any)
	env = slices.DeleteFunc(env, func(v any) bool {
		variable, _ := v.(map[string]any)
		return variable["name"] == "ISTIO_DUAL_STACK" && variable["value"] == "true"
	})
	container["env"] = env
	if len(env) == 0 {
		delete(container, "env")
	}
}
