package audit_test

import (
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// FuzzFor gives every kind the same text: whatever it is, there is an answer,
// the same twice, of codes that are known and paths below the spec.
func FuzzFor(f *testing.F) {
	for _, seed := range []string{
		`null`, `{}`, `{"spec":{"servers":[{"bind":"0.0.0.0"},null]}}`, `{"spec":{"rules":[{"from":[{"source":{"ipBlocks":["10.0.0.0/8"]}}]}]}}`,
		`{"spec":{"configPatches":[{"match":{"listener":{"name":"0.0.0.0_80"}},"patch":{"value":{"a/~b":["::1",{}]}}}]}}`,
		`{"spec":{"address":"192.0.2.1","addresses":["192.0.2.1"],"endpoints":[{"address":"::"}]}}`, `{"metadata":{"labels":{"dualstack.dev/mode":"off"}}}`,
		`{"spec":{"ingress":[{"defaultEndpoint":"[::]:1"}],"egress":[{"bind":"::1"}]}}`, `{"spec":{"environmentVariables":{"DNS_PROXY_ADDR":"127.0.0.1:1"}}}`,
		`{"spec":{"egress":[{"to":[{"ipBlock":{"cidr":"0.0.0.0/0"}},{}]}],"ingress":[{"from":null}]}}`,
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
		{"networking.k8s.io/v1", "NetworkPolicy"},
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

// FuzzPodSpec gives a container any name, value and argument. What is said to be
// listened at is an IPv4 address that others can reach; a value without one, which
// may be a secret, is never shown.
func FuzzPodSpec(f *testing.F) {
	for _, seed := range [][3]string{
		{"LISTEN", "0.0.0.0:80", "--bind=10.0.0.1"},
		{"ASPNETCORE_URLS", "http://0.0.0.0:5000", "$(LISTEN):80"},
		{"HOST", "http://a:secret@0.0.0.0/", "--"},
		{"bindAddress", "[0.0.0.0]:80", "--listen"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, value, argument string) {
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Args: []string{argument, value},
			Env:  []corev1.EnvVar{{Name: name, Value: value}, {Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}},
		}}}}
		for _, finding := range audit.PodSpec("/spec", pod, mutate.Policy{}) {
			switch finding.Code {
			case audit.CodePodAddressUnbracketed:
				if !strings.Contains(finding.Value, name) || len(finding.Value) > len(name)+len("${env:}:") {
					t.Errorf("value of %s = %q, want the reference to %q alone", finding.Code, finding.Value, name)
				}
			case audit.CodeListenIPv4:
				_, shown, _ := strings.Cut(finding.Value, "=")
				if strings.ContainsAny(shown, "@?#") || !ipv4Address.MatchString(shown) {
					t.Errorf("value of %s = %q, want a name and an IPv4 address", finding.Code, finding.Value)
				}
			default:
				t.Errorf("finding %v, want none of that code", finding)
			}
		}
	})
}

// ipv4Address is an address, with or without a port, or a URL of one.
var ipv4Address = regexp.MustCompile(`(^|=|//)\d+\.\d+\.\d+\.\d+(:\d*)?/*$`)
