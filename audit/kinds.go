package audit

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dualstack-dev/webhook/mutate"
)

// kinds are those that there is advice about, whatever version of them: the
// versions of Istio's kinds differ in nothing but their name, and NetworkPolicy
// has one.
var kinds = map[schema.GroupKind]func(object []byte) []Finding{
	{Group: "networking.istio.io", Kind: "EnvoyFilter"}:       decoded(EnvoyFilter),
	{Group: "networking.istio.io", Kind: "Gateway"}:           decoded(Gateway),
	{Group: "networking.istio.io", Kind: "ProxyConfig"}:       decoded(ProxyConfig),
	{Group: "networking.istio.io", Kind: "ServiceEntry"}:      decoded(ServiceEntry),
	{Group: "networking.istio.io", Kind: "Sidecar"}:           decoded(Sidecar),
	{Group: "networking.istio.io", Kind: "WorkloadEntry"}:     decoded(WorkloadEntry),
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:       decoded(NetworkPolicy),
	{Group: "security.istio.io", Kind: "AuthorizationPolicy"}: decoded(AuthorizationPolicy),
}

// Kinds returns those that there is advice about, in the order of their names.
func Kinds() []schema.GroupKind {
	return slices.SortedFunc(maps.Keys(kinds), func(a, b schema.GroupKind) int { return cmp.Compare(a.String(), b.String()) })
}

// For returns the function that gives advice about an object in JSON. It reports
// false for kinds that there is none about. Pods have [Pod] and [PodSpec].
func For(apiVersion, kind string) (advise func(object []byte) []Finding, ok bool) {
	group, _, _ := strings.Cut(apiVersion, "/")
	advise, ok = kinds[schema.GroupKind{Group: group, Kind: kind}]
	return advise, ok
}

// decoded returns advise for an object in JSON. Istio's types read it as Istio
// does, by names in camel case or not; a field that they do not know is skipped.
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
