package audit

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// EnvoyFilter returns the listeners that are matched by an address in their name,
// and the addresses in what a patch adds, unless they are of both families.
// Only text that is an address counts, not one within a program or a template.
func EnvoyFilter(filter *networkingv1alpha3.EnvoyFilter) []Finding {
	var findings []Finding
	for i, configPatch := range filter.Spec.GetConfigPatches() {
		path := patch.Path("/spec/configPatches").Index(i)
		if name := configPatch.GetMatch().GetListener().GetName(); namesAddress(name) {
			findings = append(findings, Finding{CodeEnvoyFilterListener, path.Field("match").Field("listener").Field("name"), name})
		}
		value := structpb.NewStructValue(configPatch.GetPatch().GetValue())
		if found := addresses(path.Field("patch").Field("value"), value); oneFamily(values(found)) {
			findings = append(findings, found...)
		}
	}
	return findings
}

// namesAddress reports whether name is one that Istio gives a listener, of an
// address and a port: pilot/pkg/networking/core/listener.go, getListenerName.
func namesAddress(name string) bool {
	address, _, ok := strings.Cut(name, "_")
	return ok && familyOf(strings.Trim(address, "[]")) != noFamily
}

// addresses returns those in value, in the order of their paths.
func addresses(path patch.Path, value *structpb.Value) []Finding {
	var found []Finding
	switch kind := value.GetKind().(type) {
	case *structpb.Value_StringValue:
		if familyOf(kind.StringValue) != noFamily {
			found = append(found, Finding{CodeEnvoyFilterAddress, path, kind.StringValue})
		}
	case *structpb.Value_ListValue:
		for i, element := range kind.ListValue.GetValues() {
			found = append(found, addresses(path.Index(i), element)...)
		}
	case *structpb.Value_StructValue:
		fields := kind.StructValue.GetFields()
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			found = append(found, addresses(path.Field(name), fields[name])...)
		}
	}
	return found
}

func values(findings []Finding) []string {
	var values []string
	for _, f := range findings {
		values = append(values, f.Value)
	}
	return values
}
