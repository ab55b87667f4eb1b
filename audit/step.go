package audit

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// A Step is something to do.
type Step struct {
	// Command is for a shell, which takes every word of it as it stands; empty for
	// what only people can do.
	Command string `json:"command,omitempty"`
	// Why is a sentence, without a full stop.
	Why string `json:"why"`
}

// argumentsPerCommand keeps commands to what a terminal shows.
const argumentsPerCommand = 20

// inNamespace returns the step with the command, in which %s stands for the
// namespace.
func inNamespace(command, namespace, why string) Step {
	if !isNamespaceName(namespace) {
		return byHand(Object{Kind: "Namespace", Name: namespace}, why)
	}
	return Step{Command: strings.Replace(command, "%s", namespace, 1), Why: why}
}

// forEach returns a command in the namespace with an argument for each of the
// objects, or several with some each. The API server checks the names of most
// objects, but not those that an ownerReference has: what is no name is for people.
func forEach(command, namespace string, objects []Object, argument func(Object) string, why string) []Step {
	slices.SortFunc(objects, compareObjects)
	var arguments []string
	var rest []Step
	for _, o := range slices.Compact(objects) {
		if isNamespaceName(namespace) && isName(o.Name) {
			arguments = append(arguments, argument(o))
		} else {
			rest = append(rest, byHand(o, why))
		}
	}
	var steps []Step
	for some := range slices.Chunk(arguments, argumentsPerCommand) {
		step := inNamespace(command, namespace, why)
		step.Command += " " + strings.Join(some, " ")
		steps = append(steps, step)
	}
	return append(steps, rest...)
}

// byHand returns the step for people, who see what is no name.
func byHand(o Object, why string) Step {
	return Step{Why: o.String() + ": by hand, since a name like this goes into no command; " + why}
}

// isName reports whether name is one that the API server lets a workload or a Pod
// have. To a shell it is one word, and to kubectl no flag:
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
func isName(name string) bool { return len(validation.IsDNS1123Subdomain(name)) == 0 }

// isNamespaceName reports the same of a namespace.
func isNamespaceName(name string) bool { return len(validation.IsDNS1123Label(name)) == 0 }

func compareObjects(a, b Object) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name))
}
