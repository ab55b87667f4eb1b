package audit

import (
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// groupKind names what an object is, whatever version of it: the versions of
// Istio's kinds differ in nothing but their name.
type groupKind struct {
	group, kind string
}

// kinds are those that there is advice about.
var kinds = map[groupKind]func(object []byte) []Finding{
	{"networking.istio.io", "EnvoyFilter"}:       decoded(EnvoyFilter),
	{"networking.istio.io", "Gateway"}:           decoded(Gateway),
	{"networking.istio.io", "ProxyConfig"}:       decoded(ProxyConfig),
	{"networking.istio.io", "ServiceEntry"}:      decoded(ServiceEntry),
	{"networking.istio.io", "Sidecar"}:           decoded(Sidecar),
	{"networking.istio.io", "WorkloadEntry"}:     decoded(WorkloadEntry),
	{"security.istio.io", "AuthorizationPolicy"}: decoded(AuthorizationPolicy),
}

// For returns the function that gives advice about an object of Istio's in JSON.
// It reports false for kinds that there is none about. Pods have [Pod].
func For(apiVersion, kind string) (advise func(object []byte) []Finding, ok bool) {
	group, _, _ := strings.Cut(apiVersion, "/")
	advise, ok = kinds[groupKind{group, kind}]
	return advise, ok
}

// decoded returns advise for an object in JSON. The types read it as Istio does,
// by names in camel case or not; a field that they do not know is skipped.
func decoded[T any, P interface {
	*T
	metav1.Object
}](advise func(P) []Finding) func([]byte) []Finding {
	return func(data []byte) []Finding {
		object := P(new(T))
		if err := json.Unmarshal(data, object); err != nil {
			return []Finding{{Code: CodeUnreadable}}
		}
		if object.GetLabels()[mutate.KeyMode] == string(mutate.ModeOff) {
			return nil
		}
		return advise(object)
	}
}
