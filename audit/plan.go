package audit

import (
	"slices"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// A Plan is what is to become of a Service that exists, and why.
type Plan struct {
	Reason Reason
	// Patch is what to change; nil where nothing does.
	Patch []jsonpatch.Operation
	// Mark is the annotation dualstack.dev/status that the Service will have where
	// it changes; "" for none.
	Mark string
	// From is what the Service has, To what it will have.
	From, To Stack
	// Pods are the names of those that stand against it.
	Pods []string
	// Notes are what else there is to say.
	Notes []mutate.Note
}

// finished returns p, which changes nothing, or the plan to finish what an earlier
// run has begun. A Service that opts out is left as it is, whatever the reason in p.
func (p Plan) finished(service *corev1.Service) Plan {
	if Disown(service) != nil && p.Reason != mutate.CodeOptedOut && !optsOut(service) {
		p.Reason, p.Pods = CodeUnfinished, nil
	}
	return p
}

// optsOut reports whether the author of the Service wants it to be left alone.
func optsOut(service *corev1.Service) bool {
	return service.Labels[mutate.KeyMode] == string(mutate.ModeOff)
}

// Changes reports whether there is something to do.
func (p Plan) Changes() bool { return p.Reason.Kind() == mutate.Change }

// Stack is what a Service has of the IP families.
type Stack struct {
	Policy   corev1.IPFamilyPolicy // "" for an ExternalName
	Families []corev1.IPFamily
}

// String returns the policy and the families: "SingleStack IPv4".
func (s Stack) String() string {
	words := make([]string, len(s.Families))
	for i, family := range s.Families {
		words[i] = string(family)
	}
	return strings.TrimSpace(string(s.Policy) + " " + strings.Join(words, ","))
}

func stackOf(service *corev1.Service) Stack {
	s := Stack{Families: service.Spec.IPFamilies}
	if policy := service.Spec.IPFamilyPolicy; policy != nil {
		s.Policy = *policy
	}
	return s
}

// dual returns s with both families, in its order.
func (s Stack) dual(policy corev1.IPFamilyPolicy) Stack {
	return Stack{policy, slices.Concat(s.Families[:1], []corev1.IPFamily{s.missing()})}
}

// missing returns the family that is not the first.
func (s Stack) missing() corev1.IPFamily {
	if s.Families[0] == corev1.IPv4Protocol {
		return corev1.IPv6Protocol
	}
	return corev1.IPv4Protocol
}

// single returns s with its first family alone, as the API server cuts it:
// k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go.
func (s Stack) single() Stack {
	return Stack{corev1.IPFamilyPolicySingleStack, s.Families[:min(1, len(s.Families))]}
}

// Disown returns the patch that gives up what changing the Service has made ours
// in its managedFields; nil if nothing is. What nobody owns is what the webhook
// leaves too: no server-side apply conflicts with it, whatever it says.
func Disown(service *corev1.Service) []jsonpatch.Operation {
	var b patch.Builder
	path := patch.Path("/metadata/managedFields")
	for i, entry := range slices.Backward(service.ManagedFields) {
		if isOurs(entry) {
			b.Remove(path.Index(i))
		}
	}
	return b.Operations()
}

// statusPath is the path of the mark.
func statusPath() patch.Path { return patch.Path("/metadata/annotations").Field(mutate.KeyStatus) }
