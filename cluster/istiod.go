package cluster

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/dualstack-dev/webhook/mutate"
)

// What istiod's Deployment is read for. The names are those of Istio's chart:
// https://github.com/istio/istio/blob/1.31.0/manifests/charts/istio-control/istio-discovery/templates/deployment.yaml
// and revision-tags-mwc.yaml beside it.
const (
	istiodContainer = "discovery"
	istiodVariable  = "ISTIO_DUAL_STACK"
	istioRevision   = "istio.io/rev"
	istioTag        = "istio.io/tag"
	istiodVersion   = "app.kubernetes.io/version"
	defaultRevision = "default"
	oldestIstio     = "1.26"
)

// istiod is what one Deployment of istiod says.
type istiod struct {
	revision string
	// wants is what its template asks for.
	wants mutate.State
	// settled says that all of its Pods are of that template.
	settled bool
	// reason says why it is not enabled.
	reason string
}

// readIstiod returns what a Deployment says.
func readIstiod(d *appsv1.Deployment) istiod {
	found := istiod{revision: cmp.Or(d.Labels[istioRevision], defaultRevision), settled: isSettled(d)}
	found.wants, found.reason = wantsDualStack(d)
	return found
}

// wantsDualStack returns what the template asks for, and why it is not enabled.
func wantsDualStack(d *appsv1.Deployment) (mutate.State, string) {
	containers := d.Spec.Template.Spec.Containers
	i := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == istiodContainer })
	if i < 0 {
		return mutate.Unknown, "it has no container " + istiodContainer
	}
	if state, reason := variable(containers[i]); state != mutate.Enabled {
		return state, reason
	}
	return recentEnough(d, containers[i].Image)
}

// variable returns what istiod's environment says. It reads booleans as istiod
// does: https://github.com/istio/istio/blob/1.31.0/pkg/env/var.go.
func variable(c corev1.Container) (mutate.State, string) {
	for _, v := range slices.Backward(c.Env) {
		if v.Name != istiodVariable {
			continue
		}
		on, err := strconv.ParseBool(v.Value)
		switch {
		case v.ValueFrom != nil:
			return mutate.Unknown, istiodVariable + " comes from elsewhere"
		case err != nil || !on:
			return mutate.Disabled, istiodVariable + " is not true"
		}
		return mutate.Enabled, ""
	}
	if len(c.EnvFrom) > 0 {
		return mutate.Unknown, istiodVariable + " may come from elsewhere, by envFrom"
	}
	return mutate.Disabled, istiodVariable + " is not set"
}

// recentEnough returns whether istiod is of a version whose dual-stack mode
// works. The tag of its image says so, or a label of the Deployment.
func recentEnough(d *appsv1.Deployment, image string) (mutate.State, string) {
	oldest := version.MustParseGeneric(oldestIstio)
	for _, text := range []string{tag(image), d.Labels[istiodVersion]} {
		got, err := version.ParseGeneric(text)
		switch {
		case err != nil:
		case got.LessThan(oldest):
			return mutate.Disabled, "its version is " + text + ", older than " + oldestIstio
		default:
			return mutate.Enabled, ""
		}
	}
	return mutate.Unknown, "neither its image nor the label " + istiodVersion + " names its version"
}

// tag returns the tag of an image; "" if it has none.
func tag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}

// isSettled reports whether all Pods of the Deployment are of its template, and
// there is one.
func isSettled(d *appsv1.Deployment) bool {
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == s.Replicas && s.AvailableReplicas > 0
}

// state returns whether the istiod is dual-stack; before is what was known of
// its revision. While its Pods are replaced some are of the old template, so
// both have to ask for it; for a no one is enough.
func (i istiod) state(before mutate.State) (mutate.State, string) {
	if i.wants == mutate.Enabled && !i.settled && before != mutate.Enabled {
		return mutate.Unknown, "not all of its Pods are updated"
	}
	return i.wants, i.reason
}
