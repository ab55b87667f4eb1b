package test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// testFixtures creates in.yaml where the namespace opted in and out.yaml where
// it did not. The API server must store the same, after all its defaults; and
// in.yaml where nobody opted in must not even be sent to us.
func (c *cluster) testFixtures(t *testing.T) {
	c.namespace(t, "plain", nil, nil)
	groups := map[string][]*fixture{}
	for _, f := range loadFixtures(t) {
		if !f.coreOnly {
			flags := strings.Join(f.flags, " ")
			groups[flags] = append(groups[flags], f)
		}
	}
	for _, flags := range slices.Sorted(maps.Keys(groups)) {
		t.Run("Flags:"+flags, func(t *testing.T) {
			c.serve(t, strings.Fields(flags)...)
			for _, f := range groups[flags] {
				t.Run(f.name, func(t *testing.T) { c.testFixture(t, f) })
			}
		})
	}
	c.checkPlain(t)
}

func (c *cluster) testFixture(t *testing.T, f *fixture) {
	c.namespace(t, f.name, f.namespace.Labels, f.namespace.Annotations)
	in, _ := decode(t, f.json(t, "in.yaml")).(map[string]any)
	out, _ := decode(t, f.json(t, "out.yaml")).(map[string]any)
	c.warnings.take()
	got, err := c.create(t.Context(), f.name, in)
	if err != nil {
		t.Fatal(err)
	}
	var wantWarnings []string
	if warning := strings.TrimSpace(string(f.file("warning"))); warning != "" {
		wantWarnings = []string{warning}
	}
	if diff := cmp.Diff(wantWarnings, c.warnings.take()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	want, err := c.create(t.Context(), "plain", out)
	if err != nil {
		t.Fatalf("creating out.yaml: %v", err)
	}
	if diff := cmp.Diff(stored(want), stored(got)); diff != "" {
		t.Errorf("stored (-out.yaml where nobody opted in, +in.yaml where somebody did):\n%s", diff)
	}
	if diff := cmp.Diff(f.codes(), c.audited(t, f.name)); diff != "" {
		t.Errorf("audit annotations (-notes +got):\n%s", diff)
	}
	if _, err := c.create(t.Context(), "plain", in); err != nil && !f.needsHelp() {
		t.Errorf("creating in.yaml where nobody opted in: %v", err)
	}
}

// needsHelp reports whether the API server rejects in.yaml as it is: rows C5
// and C6.
func (f *fixture) needsHelp() bool {
	return f.name == "service-two-families" || f.name == "service-two-cluster-ips"
}

// checkPlain looks for a trace of us where nobody opted in.
func (c *cluster) checkPlain(t *testing.T) {
	t.Helper()
	events, err := c.AuditEvents()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, event := range events {
		if event.ObjectRef.Namespace != "plain" {
			continue
		}
		seen++
		for key := range event.Annotations {
			if strings.Contains(key, "webhook.dualstack.dev") || strings.Contains(event.Annotations[key], "webhook.dualstack.dev") {
				t.Errorf("%s of %s in a namespace that did not opt in: %s", event.Verb, event.ObjectRef.Name, key)
			}
		}
	}
	if seen == 0 {
		t.Error("the audit log has nothing of the namespace plain")
	}
}

// audited returns the codes in the audit log of a namespace, sorted.
func (c *cluster) audited(t *testing.T, namespace string) []string {
	t.Helper()
	events, err := c.AuditEvents()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, event := range events {
		if event.ObjectRef.Namespace != namespace {
			continue
		}
		for key, value := range event.Annotations {
			webhook, code, ok := strings.Cut(key, ".webhook.dualstack.dev/")
			if ok && webhook != "" && value == "true" {
				codes[code] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(codes))
}

// codes returns the codes of the fixture's notes, sorted.
func (f *fixture) codes() []string {
	codes := map[string]bool{}
	for line := range strings.Lines(string(f.file("notes"))) {
		codes[strings.Fields(line)[0]] = true
	}
	return slices.Sorted(maps.Keys(codes))
}

// stored returns an object without what differs between any two creations.
// Of cluster IPs it keeps the family, of node ports that there is one.
func stored(object *unstructured.Unstructured) map[string]any {
	o := object.DeepCopy()
	for _, field := range []string{"namespace", "uid", "creationTimestamp", "managedFields", "resourceVersion"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	spec, _ := o.Object["spec"].(map[string]any)
	if ips, ok := spec["clusterIPs"].([]any); ok {
		for i, ip := range ips {
			ips[i] = family(ip)
		}
		spec["clusterIP"] = family(spec["clusterIP"])
	}
	ports, _ := spec["ports"].([]any)
	for _, p := range ports {
		if port, ok := p.(map[string]any); ok && port["nodePort"] != nil {
			port["nodePort"] = "some"
		}
	}
	return o.Object
}

func family(ip any) string {
	switch text, _ := ip.(string); {
	case text == "" || text == "None":
		return text
	case strings.Contains(text, ":"):
		return "IPv6"
	default:
		return "IPv4"
	}
}
