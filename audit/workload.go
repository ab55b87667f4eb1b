package audit

import (
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
	if owner := metav1.GetControllerOfNoCopy(metadata); owner != nil {
		return Object{Kind: owner.Kind, Name: owner.Name}, true
	}
	return Object{}, false
}

// controllerOfPod returns the Pod itself if nothing controls it.
func controllerOfPod(pod *corev1.Pod) Object {
	if owner, ok := ControllerOf(pod); ok {
		return owner
	}
	return Object{Kind: "Pod", Name: pod.Name}
}

// restartable are the kinds that kubectl rollout restart knows:
// k8s.io/kubectl/pkg/polymorphichelpers/objectrestarter.go.
var restartable = []string{"DaemonSet", "Deployment", "StatefulSet"}

// recreating are the kinds that create a Pod for one that is deleted.
var recreating = []string{"ReplicaSet", "ReplicationController"}

// ending are the kinds whose Pods end by themselves.
var ending = []string{"CronJob", "Job"}

// argumentsPerCommand keeps commands to what a terminal shows.
const argumentsPerCommand = 20

// restart returns how to have the Pods of the entries created again.
func restart(n Namespace, entries []Entry) []Step {
	var rollouts, pods []string
	var byHand []Step
	for _, e := range entries {
		switch o := e.Object; {
		case slices.Contains(restartable, o.Kind):
			rollouts = append(rollouts, strings.ToLower(o.Kind)+"/"+o.Name)
		case slices.Contains(recreating, o.Kind):
			pods = append(pods, e.Pods...)
		case slices.Contains(ending, o.Kind):
			byHand = append(byHand, Step{Why: o.String() + ": its Pods end by themselves, and the next ones are right"})
		case o.Kind == "Pod":
			byHand = append(byHand, Step{Why: o.String() + ": nothing creates it again, so delete it and apply its manifest"})
		default:
			byHand = append(byHand, Step{Why: o.String() + ": have it create its Pods again, by its own means"})
		}
	}
	why := "the Pods that are created get what these lack"
	if n.Mode == mutate.ModeOff {
		why = "the Pods that are created have nothing of us"
	}
	steps := commands("kubectl rollout restart --namespace "+n.Name, rollouts, why)
	steps = append(steps, commands("kubectl delete pod --namespace "+n.Name, pods, "their controller creates them again")...)
	return append(steps, byHand...)
}

// commands returns a command with the arguments, or several with some each.
func commands(command string, arguments []string, why string) []Step {
	slices.Sort(arguments)
	var steps []Step
	for some := range slices.Chunk(slices.Compact(arguments), argumentsPerCommand) {
		steps = append(steps, Step{Command: command + " " + strings.Join(some, " "), Why: why})
	}
	return steps
}
