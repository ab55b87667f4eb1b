package istio

import (
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

// membership is how a namespace takes part in the mesh.
type membership struct {
	name       string
	key, value string   // the label
	again      bool     // whether the injector is called again after us
	cases      []string // nil for all
}

// memberships name the revisions, and the tag of one of them.
var memberships = []membership{
	{name: "init", key: "istio-injection", value: "enabled"},
	{name: "again", key: "istio.io/rev", value: "again", again: true},
	{name: "tag", key: "istio.io/rev", value: "prod", again: true, cases: []string{"plain"}},
	{name: "cni", key: "istio.io/rev", value: "cni"},
	{name: "cni-again", key: "istio.io/rev", value: "cni-again", again: true},
	{name: "ranges", key: "istio.io/rev", value: "ranges", again: true, cases: []string{"plain"}},
	{name: "cni-ranges", key: "istio.io/rev", value: "cni-ranges", again: true, cases: []string{"plain"}},
}

// outside is a namespace in which nothing is injected.
var outside = membership{name: "none", key: "istio-injection", value: "disabled"}

// namespace returns the name of the namespace with us, or without us.
func (m membership) namespace(with bool) string {
	if with {
		return "shop-with-" + m.name
	}
	return "shop-without-" + m.name
}

// revision returns the name of the revision whose label it is, not that of a tag.
func (m membership) revision() string {
	if m.key == "istio.io/rev" {
		return m.value
	}
	return ""
}

func (m membership) labels(with bool) map[string]string {
	labels := map[string]string{m.key: m.value}
	if with {
		labels[mutate.KeyMode] = "apply"
	}
	return labels
}

// pods returns the cases that are for this membership.
func (m membership) pods(t *testing.T) []podCase {
	t.Helper()
	if m.cases == nil {
		return podCases
	}
	var cases []podCase
	for _, name := range m.cases {
		cases = append(cases, findCase(t, name))
	}
	return cases
}
