package audit_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// stepsFor returns the next steps where a Pod that is outdated has this owner.
func stepsFor(t *testing.T, namespace, pod string, owner *metav1.OwnerReference) []audit.Step {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	policy := mutate.Policy{Mode: mutate.ModeApply, Profiles: profiles, Facts: mutate.Facts{
		DualStack: mutate.Enabled, Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}},
	}}
	survey := audit.NewSurvey(metav1.ObjectMeta{Name: namespace}, policy)
	metadata := metav1.ObjectMeta{Name: pod, Namespace: namespace}
	if owner != nil {
		owner.UID, owner.Controller = "1", new(true)
		metadata.OwnerReferences = []metav1.OwnerReference{*owner}
	}
	survey.AddPod(&corev1.Pod{ObjectMeta: metadata, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "istio-proxy"}}}})
	return survey.Namespace(nil).Next
}

// TestRestart wants a command for what kubectl can restart, and a sentence for
// everything else.
func TestRestart(t *testing.T) {
	again := audit.Step{Command: "dualstack audit --namespace shop", Why: "see whether it took"}
	const renewed = "the Pods that are created get what these lack"
	byHand := func(what, why string) audit.Step {
		return audit.Step{Why: what + ": by hand, since a name like this goes into no command; " + why}
	}
	for _, tc := range []struct {
		name, apiVersion, kind, owner string
		want                          audit.Step
	}{
		{"Kind:Deployment", "apps/v1", "Deployment", "web", audit.Step{Command: "kubectl rollout restart --namespace shop deployment/web", Why: renewed}},
		{"Kind:StatefulSet_Name:dotted", "apps/v1", "StatefulSet", "web.v2", audit.Step{Command: "kubectl rollout restart --namespace shop statefulset/web.v2", Why: renewed}},
		{"Kind:DaemonSet_Name:command", "apps/v1", "DaemonSet", "web; echo hi #", byHand("DaemonSet/web; echo hi #", renewed)},
		{"Kind:StatefulSet_Name:flag", "apps/v1", "StatefulSet", "--all", byHand("StatefulSet/--all", renewed)},
		{"Kind:StatefulSet_Name:slash", "apps/v1", "StatefulSet", "web/db", byHand("StatefulSet/web/db", renewed)},
		{"Kind:ReplicaSet_Group:apps", "apps/v1", "ReplicaSet", "web; echo hi #", audit.Step{Command: "kubectl delete pod --namespace shop web-1", Why: "their controller creates them again"}},
		{"Kind:ReplicationController", "v1", "ReplicationController", "web", audit.Step{Command: "kubectl delete pod --namespace shop web-1", Why: "their controller creates them again"}},
		{"Kind:Job", "batch/v1", "Job", "report", audit.Step{Why: "Job/report: its Pods end by themselves, and the next ones are right"}},
		{"Kind:Deployment_Group:other", "example.com/v1", "Deployment", "web", audit.Step{Why: "Deployment.example.com/web: have it create its Pods again, by its own means"}},
		{"Kind:Deployment_Group:core", "v1", "Deployment", "web", audit.Step{Why: "Deployment.core/web: have it create its Pods again, by its own means"}},
		{"Kind:ReplicaSet_Group:other", "extensions/v1beta1", "ReplicaSet", "web", audit.Step{Why: "ReplicaSet.extensions/web: have it create its Pods again, by its own means"}},
		{"Kind:Rollout", "argoproj.io/v1alpha1", "Rollout", "web", audit.Step{Why: "Rollout/web: have it create its Pods again, by its own means"}},
		{"Kind:other_Name:command", "example.com/v1", "$(reboot)", "web", audit.Step{Why: "$(reboot)/web: have it create its Pods again, by its own means"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := stepsFor(t, "shop", "web-1", &metav1.OwnerReference{APIVersion: tc.apiVersion, Kind: tc.kind, Name: tc.owner})
			if diff := cmp.Diff([]audit.Step{tc.want, again}, got); diff != "" {
				t.Errorf("next steps (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzCommands has objects with any names. What a command is made of a shell takes
// word by word, and kubectl takes no name for a flag.
func FuzzCommands(f *testing.F) {
	for _, name := range []string{"web", "web; echo hi #", "$(reboot)", "`id`", "-A", "a b", "we\nb", "'web'", "WEB", "wéb", "web\u202e", "a/b", "", strings.Repeat("a", 254)} {
		for _, kind := range []string{"StatefulSet", "ReplicaSet", "Pod", "Set;id"} {
			f.Add("shop", name, kind, "apps/v1", name)
			f.Add(name, "web-1", kind, "apps/v1", "web")
		}
	}
	words := regexp.MustCompile(`^(kubectl|dualstack)( (--)?[a-z0-9]([-a-z0-9./=]*[a-z0-9])?)+$`)
	f.Fuzz(func(t *testing.T, namespace, pod, kind, apiVersion, name string) {
		for _, step := range stepsFor(t, namespace, pod, &metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name}) {
			if step.Command != "" && !words.MatchString(step.Command) {
				t.Errorf("command %q for %q of %s %s %q in %q, want one of plain words", step.Command, pod, apiVersion, kind, name, namespace)
			}
			if strings.Count(step.Command, " --") > 1 {
				t.Errorf("command %q has a flag too many", step.Command)
			}
		}
	})
}
