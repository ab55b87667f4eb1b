package audit

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// Owners say what controls a controller: of a ReplicaSet its Deployment, of a
// Job its CronJob. One that is not in it stands for itself.
type Owners map[Object]Object

// of returns what to restart for an object's Pods to be created again.
func (o Owners) of(object Object) Object {
	if owner, ok := o[object]; ok {
		return owner
	}
	return object
}

// ControllerOf returns the controller of an object; false if it has none.
func ControllerOf(metadata metav1.Object) (Object, bool) {
	owner := metav1.GetControllerOfNoCopy(metadata)
	if owner == nil {
		return Object{}, false
	}
	return Object{Group: foreignGroup(owner), Kind: owner.Kind, Name: owner.Name}, true
}

// foreignGroup returns the group of an owner whose kind is called like one of
// Kubernetes' own and is another; "" for all others. Without an apiVersion, which no
// API server stores, the kind is what it is called.
func foreignGroup(owner *metav1.OwnerReference) string {
	own, ok := workloads[owner.Kind]
	group, _, grouped := strings.Cut(owner.APIVersion, "/")
	if !grouped {
		group = ""
	}
	if !ok || owner.APIVersion == "" || group == own.group {
		return ""
	}
	return cmp.Or(group, "core")
}

// controllerOfPod returns the Pod itself if nothing controls it.
func controllerOfPod(pod *corev1.Pod) Object {
	if owner, ok := ControllerOf(pod); ok {
		return owner
	}
	return Object{Kind: "Pod", Name: pod.Name}
}

// A renewal is how the Pods of a workload are created again.
type renewal uint8

const (
	byRollout  renewal = iota // kubectl rollout restart knows the kind
	byDeletion                // a Pod that is deleted is created again
	byEnding                  // its Pods end by themselves
	byNobody                  // nothing creates it again
)

// workloads are the kinds of Kubernetes' own that Pods are of. Those of byRollout are
// in k8s.io/kubectl/pkg/polymorphichelpers/objectrestarter.go.
var workloads = map[string]struct {
	group   string
	renewal renewal
}{
	"CronJob":               {"batch", byEnding},
	"DaemonSet":             {"apps", byRollout},
	"Deployment":            {"apps", byRollout},
	"Job":                   {"batch", byEnding},
	"Pod":                   {"", byNobody},
	"ReplicaSet":            {"apps", byDeletion},
	"ReplicationController": {"", byDeletion},
	"StatefulSet":           {"apps", byRollout},
}

// restart returns how to have the Pods of the entries created again.
func restart(n Namespace, entries []Entry) []Step {
	var rollouts, pods []Object
	var others []Step
	for _, e := range entries {
		o := e.Object
		own, ok := workloads[o.Kind]
		switch {
		case !ok || o.Group != "":
			others = append(others, Step{Why: o.String() + ": have it create its Pods again, by its own means"})
		case own.renewal == byRollout:
			rollouts = append(rollouts, o)
		case own.renewal == byDeletion:
			for _, name := range e.Pods {
				pods = append(pods, Object{Kind: "Pod", Name: name})
			}
		case own.renewal == byEnding:
			others = append(others, Step{Why: o.String() + ": its Pods end by themselves, and the next ones are right"})
		default:
			others = append(others, Step{Why: o.String() + ": nothing creates it again, so delete it and apply its manifest"})
		}
	}
	why := "the Pods that are created get what these lack"
	if n.Mode == mutate.ModeOff {
		why = "the Pods that are created have nothing of us"
	}
	resource := func(o Object) string { return strings.ToLower(o.Kind) + "/" + o.Name }
	name := func(o Object) string { return o.Name }
	return slices.Concat(
		forEach("kubectl rollout restart --namespace %s", n.Name, rollouts, resource, why),
		forEach("kubectl delete pod --namespace %s", n.Name, pods, name, "their controller creates them again"),
		others,
	)
}
