package sidecar_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

func TestBuiltin(t *testing.T) {
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	containers := map[string]string{}
	for _, p := range profiles {
		if names[p.Name] {
			t.Errorf("two profiles are called %q", p.Name)
		}
		names[p.Name] = true
		for _, c := range p.Containers {
			if other, taken := containers[c]; taken {
				t.Errorf("profiles %s and %s both claim the container %s", other, p.Name, c)
			}
			containers[c] = p.Name
		}
	}
	if !names["istio"] {
		t.Errorf("Builtin() has no istio profile; got %v", names)
	}
}

func TestIstio(t *testing.T) {
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		if p.Name != "istio" {
			continue
		}
		want := []string{"istio-proxy", "istio-init", "istio-validation"}
		if diff := cmp.Diff(want, p.Containers); diff != "" {
			t.Errorf("containers (-want +got):\n%s", diff)
		}
		if len(p.Env) != 1 || p.Env[0].Name != "ISTIO_DUAL_STACK" || p.Env[0].Value != "true" {
			t.Errorf("env = %+v, want ISTIO_DUAL_STACK=true alone", p.Env)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const good = "name: n\ntitle: t\ncontainers: [c]\nsources: [s]\n"
	if _, err := sidecar.Parse([]byte(good)); err != nil {
		t.Fatalf("Parse(good) = %v, want nil", err)
	}
	for _, tc := range []struct{ name, doc, want string }{
		{"UnknownField", good + "contaners: [x]\n", `unknown field "contaners"`},
		{"DuplicateField", good + "name: m\n", `"name" already set`},
		{"NotAMapping", "- a\n", "decoding a profile"},
		{"NoName", "title: t\ncontainers: [c]\nsources: [s]\n", "name: must not be empty"},
		{"NoTitle", "name: n\ncontainers: [c]\nsources: [s]\n", "title: must not be empty"},
		{"NoContainers", "name: n\ntitle: t\nsources: [s]\n", "containers: must name"},
		{"NoSources", "name: n\ntitle: t\ncontainers: [c]\n", "sources: must name"},
		{"EnvWithoutName", good + "env: [{value: x}]\n", "env[0].name: must not be empty"},
		{"EnvWithoutValue", good + "env: [{name: X}]\n", "env[0].value: must not be empty"},
		{"EnvNotBoolean", good + "env: [{name: X, value: dual}]\n", `env[0].value: "dual" is not a boolean`},
		{"ChoiceWithoutMember", good + "env: [{name: X, value: 'true', choice: {annotation: a}}]\n", "env[0].choice: must have both annotation and member, or neither"},
		{"CIDRListOfNoContainer", good + "cidrLists: [{flags: [-i], annotation: a}]\n", "cidrLists[0].containers: must name at least one"},
		{"CIDRListOfAnother", good + "cidrLists: [{containers: [other], flags: [-i], annotation: a}]\n", "cidrLists[0].containers: other is not one of the sidecar's containers"},
		{"CIDRListWithoutFlag", good + "cidrLists: [{containers: [c], annotation: a}]\n", "cidrLists[0].flags: must name at least one"},
		{"CIDRListWithoutAnnotation", good + "cidrLists: [{containers: [c], flags: [-i]}]\n", "cidrLists[0].annotation: must not be empty"},
		{"EnvTwice", good + "env: [{name: X, value: 'true'}, {name: X, value: 'true'}]\n", "env[1].name: X appears twice"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := sidecar.Parse([]byte(tc.doc))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Parse() = %v, want an error with %q", err, tc.want)
			}
		})
	}
}
