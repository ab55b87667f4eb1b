package audit_test

import (
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/audit"
)

// FuzzFor gives every kind the same text: whatever it is, there is an answer,
// the same twice, of codes that are known and paths below the spec.
func FuzzFor(f *testing.F) {
	for _, seed := range []string{
		`null`, `{}`, `{"spec":{"servers":[{"bind":"0.0.0.0"},null]}}`, `{"spec":{"rules":[{"from":[{"source":{"ipBlocks":["10.0.0.0/8"]}}]}]}}`,
		`{"spec":{"configPatches":[{"match":{"listener":{"name":"0.0.0.0_80"}},"patch":{"value":{"a/~b":["::1",{}]}}}]}}`,
		`{"spec":{"address":"192.0.2.1","addresses":["192.0.2.1"],"endpoints":[{"address":"::"}]}}`, `{"metadata":{"labels":{"dualstack.dev/mode":"off"}}}`,
		`{"spec":{"ingress":[{"defaultEndpoint":"[::]:1"}],"egress":[{"bind":"::1"}]}}`, `{"spec":{"environmentVariables":{"DNS_PROXY_ADDR":"127.0.0.1:1"}}}`,
	} {
		f.Add(seed)
	}
	kinds := [][2]string{
		{"networking.istio.io/v1", "Gateway"},
		{"networking.istio.io/v1", "Sidecar"},
		{"networking.istio.io/v1", "ServiceEntry"},
		{"networking.istio.io/v1", "WorkloadEntry"},
		{"networking.istio.io/v1alpha3", "EnvoyFilter"},
		{"networking.istio.io/v1beta1", "ProxyConfig"},
		{"security.istio.io/v1", "AuthorizationPolicy"},
	}
	f.Fuzz(func(t *testing.T, object string) {
		for _, kind := range kinds {
			advise, ok := audit.For(kind[0], kind[1])
			if !ok {
				t.Fatalf("For(%q) = false, want a function", kind)
			}
			first, second := advise([]byte(object)), advise([]byte(object))
			if len(first) != len(second) {
				t.Fatalf("advice about %s %s = %v, then %v", kind[1], object, first, second)
			}
			for i, finding := range first {
				if finding != second[i] {
					t.Errorf("advice about %s %s = %v, then %v", kind[1], object, first, second)
				}
				if finding.Code.Sentence() == "" {
					t.Errorf("code of %s %s = %q, want one that is known", kind[1], object, finding.Code)
				}
				if (finding.Code == audit.CodeUnreadable) != (finding.Path == "") || finding.Path != "" && !strings.HasPrefix(string(finding.Path), "/spec/") {
					t.Errorf("path of %s in %s %s = %q", finding.Code, kind[1], object, finding.Path)
				}
			}
		}
	})
}
