package istio

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// podCase is a Pod in testdata/pods, with what becomes of it where istiod is
// dual-stack.
type podCase struct {
	name   string
	status string // of the annotation dualstack.dev/status
	// dual says where the Pod is dual-stack without us, by its author's wish.
	dual wish
	// single is set where it does not become dual-stack with us: by its author's
	// wish, or because nobody said which range of IPv6 belongs to one of IPv4.
	single bool
	// own is set where the author sets something in the proxy, which an injector that
	// is called again would reset.
	own bool
	// bare is set where Istio injects nothing.
	bare bool
	// broken is set where Istio refuses the Pod.
	broken bool
}

// wish is what the author of a Pod asks for.
type wish uint8

const (
	nothing wish = iota
	everywhere
	// withCNI is a wish that comes true where istio-cni captures the traffic: it
	// reads the proxy's variable, which istio-init does not see.
	withCNI
)

const (
	rewritten = "istio=rewritten"
	partial   = "istio=partial:capture-open"
	kept      = "istio=refused:setting-kept"
)

var podCases = []podCase{
	{name: "plain", status: rewritten},
	{name: "config-broken", broken: true},
	{name: "config-bool", broken: true},
	{name: "config-json", status: rewritten},
	{name: "config-json-off", status: kept, single: true},
	{name: "config-json-on", dual: everywhere},
	{name: "config-yaml", status: rewritten},
	{name: "config-yaml-off", status: kept, single: true},
	{name: "config-yaml-on", dual: everywhere},
	{name: "config-on-include", status: rewritten},
	{name: "custom-template", status: rewritten},
	{name: "exclude-both", status: rewritten},
	{name: "exclude-mapped", status: rewritten},
	{name: "exclude-unmapped", status: partial, single: true},
	{name: "gateway", status: rewritten, own: true},
	{name: "hold-application", status: rewritten},
	{name: "host-network", bare: true},
	{name: "include-all", status: rewritten},
	{name: "include-both", status: rewritten},
	{name: "include-every-ipv4", status: rewritten},
	{name: "include-exclude", status: rewritten},
	{name: "include-mapped", status: rewritten},
	{name: "include-none", status: rewritten},
	{name: "include-unmapped", status: partial, single: true},
	{name: "no-capture", status: rewritten},
	{name: "not-injected", bare: true},
	{name: "ports", status: rewritten},
	{name: "probes", status: rewritten},
	{name: "stub", status: rewritten, own: true},
	{name: "stub-from", status: kept, single: true, own: true},
	{name: "stub-off", status: kept, single: true, own: true},
	{name: "stub-on", status: rewritten, dual: withCNI, own: true},
	{name: "stub-template-user", status: rewritten, own: true},
	{name: "stub-user", status: rewritten, own: true},
	{name: "tproxy", status: rewritten},
}

// kinds are the values of the annotation sidecar.istio.io/nativeSidecar, by what
// comes of them.
var kinds = map[string]string{"native": "true", "classic": "false"}

// TestPodCases wants every file to be in the table.
func TestPodCases(t *testing.T) {
	files, err := filepath.Glob("testdata/pods/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, file := range files {
		want = append(want, filepath.Base(file))
	}
	for _, tc := range podCases {
		got = append(got, tc.name+".yaml")
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the table has %v, testdata/pods has %v", got, want)
	}
}

// findCase returns the case with this name.
func findCase(t *testing.T, name string) podCase {
	t.Helper()
	i := slices.IndexFunc(podCases, func(tc podCase) bool { return tc.name == name })
	if i < 0 {
		t.Fatalf("no case is called %s", name)
	}
	return podCases[i]
}

// leftAlone reports whether the Pod stays as it is for what its author sets in the
// proxy.
func (tc podCase) leftAlone(m membership) bool { return tc.own && m.again }

// gateway reports whether the Pod is nothing but a proxy.
func (tc podCase) gateway() bool { return tc.name == "gateway" }

// moveStub puts an author's own settings for the proxy where a native sidecar is:
// Istio wants them there.
func moveStub(spec *corev1.PodSpec) {
	i := slices.IndexFunc(spec.Containers, func(c corev1.Container) bool { return c.Name == "istio-proxy" })
	if i < 0 {
		return
	}
	stub := spec.Containers[i]
	stub.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	spec.InitContainers = append(spec.InitContainers, stub)
	spec.Containers = slices.Delete(spec.Containers, i, i+1)
}

// read returns the Pod of the case, with a sidecar of this kind.
func (tc podCase) read(t *testing.T, kind string) *corev1.Pod {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "pods", tc.name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{}
	if err := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096).Decode(pod); err != nil {
		t.Fatal(err)
	}
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations["sidecar.istio.io/nativeSidecar"] = kinds[kind]
	pod.Spec.ServiceAccountName = serviceAccount
	if kind == "native" && !tc.gateway() {
		moveStub(&pod.Spec)
	}
	return pod
}
