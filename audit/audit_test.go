package audit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// cell is a spec, and the findings in it.
type cell struct {
	name, spec string
	want       []audit.Finding
}

// testKind wants of each cell's spec, in an object of the kind, its findings.
func testKind(t *testing.T, apiVersion, kind string, cells []cell) {
	t.Helper()
	for _, c := range cells {
		t.Run(c.name, func(t *testing.T) {
			object := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: it}\nspec: %s\n", apiVersion, kind, c.spec)
			if diff := cmp.Diff(c.want, advise(t, object)); diff != "" {
				t.Errorf("advice about the %s with spec %s (-want +got):\n%s", kind, c.spec, diff)
			}
		})
	}
}

// advise returns the advice about an object in YAML.
func advise(t *testing.T, object string) []audit.Finding {
	t.Helper()
	data, err := yaml.YAMLToJSONStrict([]byte(object))
	if err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	var known struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	switch known.Kind {
	case "Pod":
		return advisePod(t, data)
	case "Service":
		var service corev1.Service
		if err := yaml.UnmarshalStrict(data, &service); err != nil {
			t.Fatal(err)
		}
		return audit.Service(&service)
	}
	advise, ok := audit.For(known.APIVersion, known.Kind)
	if !ok {
		t.Fatalf("For(%q, %q) = false, want a function", known.APIVersion, known.Kind)
	}
	return advise(data)
}

// advisePod returns what there is to say about a Pod: by what the core reads of it,
// and by all of it.
func advisePod(t *testing.T, data []byte) []audit.Finding {
	t.Helper()
	var view mutate.PodView
	var pod corev1.Pod
	if err := errors.Join(yaml.Unmarshal(data, &view), yaml.Unmarshal(data, &pod)); err != nil {
		t.Fatal(err)
	}
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := server.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return append(audit.Pod(&view), audit.PodSpec("/spec", &pod, mutate.Policy{Profiles: profiles, Servers: servers})...)
}

// TestVersions holds a kind to be the same in each of its versions, and not to be
// one of another group.
func TestVersions(t *testing.T) {
	const spec = "metadata: {name: it}\nspec: {servers: [{bind: 0.0.0.0}]}\n"
	for _, version := range []string{"v1", "v1beta1", "v1alpha3"} {
		object := "apiVersion: networking.istio.io/" + version + "\nkind: Gateway\n" + spec
		if got := advise(t, object); len(got) != 1 {
			t.Errorf("advice about a Gateway of %s = %v, want one finding", version, got)
		}
	}
	for _, other := range [][2]string{{"gateway.networking.k8s.io/v1", "Gateway"}, {"networking.istio.io/v1", "VirtualService"}, {"v1", "Gateway"}, {"", ""}} {
		if _, ok := audit.For(other[0], other[1]); ok {
			t.Errorf("For(%q, %q) = true, want false", other[0], other[1])
		}
	}
}

// TestOff gives no advice about what says mode off, and about nothing else.
func TestOff(t *testing.T) {
	for _, object := range []string{
		"apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {labels: {dualstack.dev/mode: %q}}\nspec: {address: 10.0.0.1}\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {labels: {dualstack.dev/mode: %q}, annotations: {sidecar.istio.io/bootstrapOverride: it}}\n",
	} {
		if got := advise(t, fmt.Sprintf(object, "off")); got != nil {
			t.Errorf("advice about %q off = %v, want none", object, got)
		}
		if got := advise(t, fmt.Sprintf(object, "report")); len(got) != 1 {
			t.Errorf("advice about %q report = %v, want one finding", object, got)
		}
	}
}

// TestUnreadable wants an object that Istio would not read to be said to be one,
// and one with a field from the future to be read.
func TestUnreadable(t *testing.T) {
	testKind(t, "networking.istio.io/v1", "Gateway", []cell{
		{"of another type", `{servers: [{bind: [0.0.0.0]}]}`, []audit.Finding{{Code: audit.CodeUnreadable}}},
		{"no object", `all`, []audit.Finding{{Code: audit.CodeUnreadable}}},
		{"null", `null`, nil},
		{"null in a list", `{servers: [null]}`, nil},
		{"a field from the future", `{tomorrow: {bind: 10.0.0.1}, servers: [{bind: 10.0.0.1}]}`, []audit.Finding{{Code: audit.CodeGatewayBind, Path: "/spec/servers/0/bind", Value: "10.0.0.1"}}},
	})
}
