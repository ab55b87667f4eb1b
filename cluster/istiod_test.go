package cluster

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// istiodDeployment returns a Deployment like that of Istio's chart, settled and
// dual-stack, with changes.
func istiodDeployment(revision string, changes ...func(*appsv1.Deployment)) appsv1.Deployment {
	d := appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Name: "istiod-" + revision, Namespace: "istio-system", Generation: 3,
			Labels: map[string]string{"app": "istiod", "istio.io/rev": revision},
		},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 3, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2},
	}
	d.Spec.Template.Spec.Containers = []corev1.Container{{
		Name: "discovery", Image: "docker.io/istio/pilot:1.31.0-distroless",
		Env: []corev1.EnvVar{{Name: "REVISION", Value: revision}, {Name: "ISTIO_DUAL_STACK", Value: "true"}},
	}}
	for _, change := range changes {
		change(&d)
	}
	return d
}

func env(vars ...corev1.EnvVar) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Env = vars }
}

func image(name string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = name }
}

func labelledVersion(version string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Labels["app.kubernetes.io/version"] = version }
}

func rollingOut(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 1 }

func TestIstiod(t *testing.T) {
	flag := func(value string) corev1.EnvVar { return corev1.EnvVar{Name: "ISTIO_DUAL_STACK", Value: value} }
	fromElsewhere := corev1.EnvVar{Name: "ISTIO_DUAL_STACK", ValueFrom: &corev1.EnvVarSource{}}
	envFrom := func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{}}
	}
	for _, tc := range []struct {
		name       string
		deployment appsv1.Deployment
		before     mutate.State
		want       mutate.State
		reason     string
	}{
		{"Variable:true", istiodDeployment("default"), mutate.Unknown, mutate.Enabled, ""},
		{"Variable:1", istiodDeployment("default", env(flag("1"))), mutate.Unknown, mutate.Enabled, ""},
		{"Variable:false", istiodDeployment("default", env(flag("false"))), mutate.Unknown, mutate.Disabled, "ISTIO_DUAL_STACK is not true"},
		{"Variable:nonsense", istiodDeployment("default", env(flag("yes"))), mutate.Unknown, mutate.Disabled, "ISTIO_DUAL_STACK is not true"},
		{"Variable:absent", istiodDeployment("default", env()), mutate.Enabled, mutate.Disabled, "ISTIO_DUAL_STACK is not set"},
		{"Variable:twice", istiodDeployment("default", env(flag("true"), flag("false"))), mutate.Unknown, mutate.Disabled, "ISTIO_DUAL_STACK is not true"},
		{"Variable:from-elsewhere", istiodDeployment("default", env(fromElsewhere)), mutate.Enabled, mutate.Unknown, "ISTIO_DUAL_STACK comes from elsewhere"},
		{"Variable:absent_EnvFrom", istiodDeployment("default", env(), envFrom), mutate.Enabled, mutate.Unknown, "ISTIO_DUAL_STACK may come from elsewhere, by envFrom"},
		{"Variable:true_EnvFrom", istiodDeployment("default", envFrom), mutate.Unknown, mutate.Enabled, ""},
		{"Container:absent", istiodDeployment("default", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Name = "pilot" }), mutate.Enabled, mutate.Unknown, "it has no container discovery"},

		{"Version:1.26", istiodDeployment("default", image("istio/pilot:1.26.0")), mutate.Unknown, mutate.Enabled, ""},
		{"Version:1.25", istiodDeployment("default", image("istio/pilot:1.25.9")), mutate.Unknown, mutate.Disabled, "its version is 1.25.9, older than 1.26"},
		{"Version:development", istiodDeployment("default", image("gcr.io/istio-testing/pilot:1.31-alpha.eed52ebb66")), mutate.Unknown, mutate.Enabled, ""},
		{"Version:by-digest", istiodDeployment("default", image("localhost:5000/pilot@sha256:0123")), mutate.Unknown, mutate.Unknown, "neither its image nor the label app.kubernetes.io/version names its version"},
		{"Version:by-digest_Label:1.27", istiodDeployment("default", image("localhost:5000/pilot@sha256:0123"), labelledVersion("1.27.1")), mutate.Unknown, mutate.Enabled, ""},
		{"Version:tag-and-digest", istiodDeployment("default", image("localhost:5000/pilot:1.25.0@sha256:0123")), mutate.Unknown, mutate.Disabled, "its version is 1.25.0, older than 1.26"},
		{"Version:latest_Label:1.25", istiodDeployment("default", image("pilot:latest"), labelledVersion("1.25.0")), mutate.Unknown, mutate.Disabled, "its version is 1.25.0, older than 1.26"},

		{"Rollout:running_Before:unknown", istiodDeployment("default", rollingOut), mutate.Unknown, mutate.Unknown, "not all of its Pods are updated"},
		{"Rollout:running_Before:disabled", istiodDeployment("default", rollingOut), mutate.Disabled, mutate.Unknown, "not all of its Pods are updated"},
		{"Rollout:running_Before:enabled", istiodDeployment("default", rollingOut), mutate.Enabled, mutate.Enabled, ""},
		{"Rollout:running_Variable:false", istiodDeployment("default", rollingOut, env(flag("false"))), mutate.Enabled, mutate.Disabled, "ISTIO_DUAL_STACK is not true"},
		{"Rollout:not-observed", istiodDeployment("default", func(d *appsv1.Deployment) { d.Generation = 4 }), mutate.Unknown, mutate.Unknown, "not all of its Pods are updated"},
		{"Rollout:none-available", istiodDeployment("default", func(d *appsv1.Deployment) { d.Status = appsv1.DeploymentStatus{ObservedGeneration: 3} }), mutate.Unknown, mutate.Unknown, "not all of its Pods are updated"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, reason := readIstiod(&tc.deployment).state(tc.before)
			if got != tc.want || reason != tc.reason {
				t.Errorf("state() = %s, %q; want %s, %q", got, reason, tc.want, tc.reason)
			}
		})
	}
}
