package cluster

import (
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// What the Deployment linkerd-destination is read for. The names are those of
// Linkerd's chart:
// https://github.com/linkerd/linkerd2/blob/edge-26.8.1/charts/linkerd-control-plane/templates/destination.yaml
const (
	linkerdComponent     = "linkerd.io/control-plane-component"
	linkerdDestination   = "destination"
	destinationContainer = "destination"
	destinationFlag      = "enable-ipv6"
)

// destination is what one Deployment of Linkerd's destination controller says.
type destination struct {
	// wants is what its template asks for.
	wants mutate.State
	// settled says that all of its Pods are of that template.
	settled bool
	// reason says why it is not enabled.
	reason string
}

// readDestination returns what a Deployment says.
func readDestination(d *appsv1.Deployment) destination {
	found := destination{settled: isSettled(d)}
	containers := d.Spec.Template.Spec.Containers
	i := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == destinationContainer })
	if i < 0 {
		found.reason = "it has no container " + destinationContainer
		return found
	}
	found.wants, found.reason = enablesIPv6(containers[i].Args)
	return found
}

// enablesIPv6 reads the flag as the package flag of Go does: with one hyphen or two,
// a value behind "=", and the last counts. A version that does not have the flag
// cannot be told from one whose default counts.
func enablesIPv6(args []string) (mutate.State, string) {
	for _, arg := range slices.Backward(args) {
		name, value, joined := strings.Cut(arg, "=")
		if name != "-"+destinationFlag && name != "--"+destinationFlag {
			continue
		}
		if !joined {
			value = "true"
		}
		on, err := strconv.ParseBool(value)
		switch {
		case err != nil:
			return mutate.Unknown, "-" + destinationFlag + " is neither true nor false"
		case !on:
			return mutate.Disabled, "-" + destinationFlag + " is false"
		}
		return mutate.Enabled, ""
	}
	return mutate.Unknown, "it does not say -" + destinationFlag
}

// state returns whether the controller has IPv6 on; before is what was known. While
// its Pods are replaced some are of the old template, so both have to ask for it; for
// a no one is enough.
func (d destination) state(before mutate.State) (mutate.State, string) {
	if d.wants == mutate.Enabled && !d.settled && before != mutate.Enabled {
		return mutate.Unknown, "not all of its Pods are updated"
	}
	return d.wants, d.reason
}
