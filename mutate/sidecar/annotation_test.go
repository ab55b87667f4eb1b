package sidecar_test

import (
	"testing"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

func TestAnnotated(t *testing.T) {
	const mapping = "ipFamilyMode: ipv4\nredirect:\n  inbound:\n    enabled: true\n"
	s := sidecar.Setting{Annotation: "config", Member: "ipFamilyMode", Former: "mode"}
	for _, tc := range []struct {
		name        string
		annotations map[string]string
		key, value  string
		ok          bool
	}{
		{"None", nil, "config", "", false},
		{"Mapping", map[string]string{"config": mapping}, "config", "ipv4", true},
		{"Mapping:before-former", map[string]string{"config": mapping, "mode": "dualstack"}, "config", "ipv4", true},
		{"Mapping:of-others", map[string]string{"config": "wait: 5\n"}, "config", "", false},
		{"Mapping:of-others_Former", map[string]string{"config": "wait: 5\n", "mode": "dualstack"}, "mode", "dualstack", true},
		{"Mapping:empty", map[string]string{"config": ""}, "config", "", false},
		{"Mapping:no-text_Former", map[string]string{"config": "ipFamilyMode: [ipv4]\n", "mode": "dualstack"}, "config", "", false},
		{"Mapping:broken_Former", map[string]string{"config": "a: b: c", "mode": "dualstack"}, "config", "", false},
		{"Mapping:list_Former", map[string]string{"config": "- ipFamilyMode: ipv4\n", "mode": "dualstack"}, "config", "", false},
		{"Former", map[string]string{"mode": "ipv4"}, "mode", "ipv4", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if key, value, ok := s.Annotated(sidecar.NewAnnotations(tc.annotations)); key != tc.key || value != tc.value || ok != tc.ok {
				t.Errorf("Annotated() = %q, %q, %t; want %q, %q, %t", key, value, ok, tc.key, tc.value, tc.ok)
			}
		})
	}
}
