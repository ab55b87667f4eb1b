package istio

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pkg/config/schema/collections"

	"github.com/dualstack-dev/webhook/mutate"
)

// proxyConfig makes a ProxyConfig for the namespace of the Pod, or for the whole mesh.
type proxyConfig func(t *testing.T, c *cluster, namespace string) string

// The first two are what dualstack export istio prints.
var (
	exported proxyConfig = func(t *testing.T, c *cluster, namespace string) string { return c.export(t, namespace) }
	root     proxyConfig = func(t *testing.T, c *cluster, _ string) string { return c.export(t, "") }
	off                  = setting("off", flag, "false", "")
	another              = setting("another", "OTHER", "x", "")
	podOn                = setting("pod-on", flag, "true", "web")
	podOff               = setting("pod-off", flag, "false", "web")
	elseOff              = setting("else-off", flag, "false", "other")
)

// setting returns a ProxyConfig that sets a variable, for the Pods of an app, or for
// all of the namespace.
func setting(name, variable, value, app string) proxyConfig {
	return func(_ *testing.T, _ *cluster, namespace string) string {
		selector := ""
		if app != "" {
			selector = fmt.Sprintf("selector: {matchLabels: {app: %s}}, ", app)
		}
		return fmt.Sprintf("{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {name: %s, namespace: %s}, spec: {%senvironmentVariables: {%s: %q}}}",
			name, namespace, selector, variable, value)
	}
}

// proxyConfigCases say what becomes of Pods that ProxyConfigs reach, and that they do
// not reach, as the help of dualstack export istio tells it.
var proxyConfigCases = []struct {
	name    string
	configs []proxyConfig // the oldest first
	pod     string
	// dual is set where the Pod is dual-stack without us.
	dual bool
	// status is what we say of it, and single is set where it does not become dual-stack.
	status string
	single bool
}{
	{name: "Namespace:exported", configs: []proxyConfig{exported}, pod: "plain", dual: true},
	{name: "Namespace:exported_Gateway", configs: []proxyConfig{exported}, pod: "gateway", dual: true},
	{name: "Root:exported", configs: []proxyConfig{root}, pod: "plain", dual: true},
	{name: "Selector:on", configs: []proxyConfig{podOn}, pod: "plain", dual: true},
	{name: "Selector:on_Annotation:off", configs: []proxyConfig{podOn}, pod: "config-yaml-off", dual: true},

	// What the author of a Pod sets in the proxy stands in nobody's way then.
	{name: "Namespace:exported_Own:user", configs: []proxyConfig{exported}, pod: "stub-user", dual: true},
	{name: "Namespace:exported_Own:resources", configs: []proxyConfig{exported}, pod: "stub", dual: true},

	{name: "Namespace:off", configs: []proxyConfig{off}, pod: "plain", status: kept, single: true},
	{name: "Selector:off", configs: []proxyConfig{podOff}, pod: "plain", status: kept, single: true},
	{name: "Selector:off_Annotation:on", configs: []proxyConfig{podOff}, pod: "config-yaml-on", status: kept, single: true},
	{name: "Root:exported_Namespace:off", configs: []proxyConfig{root, off}, pod: "plain", status: kept, single: true},
	{name: "Namespace:exported_Selector:off", configs: []proxyConfig{exported, podOff}, pod: "plain", status: kept, single: true},
	{name: "Namespace:exported_Annotation:off", configs: []proxyConfig{exported}, pod: "config-yaml-off", status: kept, single: true},

	{name: "Selector:of-another", configs: []proxyConfig{elseOff}, pod: "plain", status: rewritten},
	{name: "Namespace:another-then-exported", configs: []proxyConfig{another, exported}, pod: "plain", status: rewritten},
	{name: "Namespace:exported-then-off", configs: []proxyConfig{exported, off}, pod: "plain", dual: true},
	{name: "Namespace:exported_Ranges:mapped", configs: []proxyConfig{exported}, pod: "include-mapped", status: rewritten},
	{name: "Namespace:exported_Ranges:unmapped", configs: []proxyConfig{exported}, pod: "include-unmapped", status: partial, single: true},
}

// testProxyConfigs creates Pods where istiod knows ProxyConfigs.
func (c *cluster) testProxyConfigs(t *testing.T, o *oracle) {
	t.Run("ByHand", func(t *testing.T) { c.testProxyConfigByHand(t, o) })
	for _, m := range memberships {
		if m.cases != nil {
			continue
		}
		for _, tc := range proxyConfigCases {
			t.Run("Mesh:"+m.name+"_"+tc.name, func(t *testing.T) {
				c.apply(t, m, tc.configs...)
				for _, kind := range slices.Sorted(maps.Keys(kinds)) {
					pod := findCase(t, tc.pod).read(t, kind)
					without, with := c.pair(t, m, pod, pod)
					checkNever(t, without, with)
					if with.err != nil {
						t.Fatal(with.err)
					}
					if got := with.pod.Annotations[mutate.KeyStatus]; got != tc.status {
						t.Errorf("sidecar %s: status = %q, want %q", kind, got, tc.status)
					}
					if tc.status != rewritten {
						checkUntouched(t, without.pod, with.pod)
					}
					if got := len(o.gaps(t, without.pod)) == 0; got != tc.dual {
						t.Errorf("sidecar %s: without us the Pod is dual-stack: %v, want %v; %s", kind, got, tc.dual, flags(without.pod))
					}
					if got := len(o.gaps(t, with.pod)) == 0; got == tc.single {
						t.Errorf("sidecar %s: with us the Pod is dual-stack: %v, want %v; %s", kind, got, !tc.single, flags(with.pod))
					}
				}
			})
		}
	}
}

// testProxyConfigByHand holds that a ProxyConfig does not reach a Pod that was
// injected by hand, and that we do.
func (c *cluster) testProxyConfigByHand(t *testing.T, o *oracle) {
	c.apply(t, outside, exported)
	for kind := range kinds {
		pod := c.charts[""].inject(t, findCase(t, "plain").read(t, kind))
		without, with := c.pair(t, outside, pod, pod)
		checkNever(t, without, with)
		if with.err != nil {
			t.Fatal(with.err)
		}
		if len(o.gaps(t, without.pod)) == 0 {
			t.Errorf("sidecar %s: without us the Pod is dual-stack", kind)
		}
		if gaps := o.gaps(t, with.pod); len(gaps) > 0 {
			t.Errorf("sidecar %s: with us: %q", kind, gaps)
		}
	}
}

// apply has the istiod of the mesh know these ProxyConfigs until the test ends, in
// the namespace with us and in the one without us.
func (c *cluster) apply(t *testing.T, m membership, configs ...proxyConfig) {
	t.Helper()
	var manifests []string
	for _, config := range configs {
		for _, with := range []bool{false, true} {
			if text := config(t, c, m.namespace(with)); !slices.Contains(manifests, text) {
				manifests = append(manifests, text)
			}
		}
	}
	parsed, unknown, err := crd.ParseInputs(strings.Join(manifests, "\n---\n"))
	if err != nil || len(unknown) > 0 {
		t.Fatalf("reading the ProxyConfigs: %v, not known: %v", err, unknown)
	}
	store := memory.Make(collections.Pilot)
	for age, config := range parsed {
		config.CreationTimestamp = time.Unix(int64(age), 0)
		if _, err := store.Create(config); err != nil {
			t.Fatal(err)
		}
	}
	istiod := c.injectors[m.revision()].istiod
	setProxyConfigs(istiod, store)
	t.Cleanup(func() { setProxyConfigs(istiod, memory.Make(collections.Pilot)) })
}

// export returns what dualstack export istio prints for a namespace; for the whole
// mesh if it has no name.
func (c *cluster) export(t *testing.T, namespace string) string {
	t.Helper()
	args := []string{"export", "istio"}
	if namespace != "" {
		args = append(args, "-n", namespace)
	}
	out, err := exec.Command(c.binary, args...).Output()
	if err != nil {
		t.Fatalf("dualstack %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
