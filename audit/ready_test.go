package audit_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// TestUpgradeWantsAReadyPod holds that a Service waits for one of its Pods to be ready;
// one that selects none has nobody to wait for.
func TestUpgradeWantsAReadyPod(t *testing.T) {
	pod := func(changes ...func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web-1", Labels: map[string]string{"app": "web"}}}
		p.Status.Phase = corev1.PodRunning
		p.Status.PodIPs = []corev1.PodIP{{IP: "10.244.0.7"}, {IP: "fd00:10:244::7"}}
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		for _, change := range changes {
			change(p)
		}
		return p
	}
	condition := func(status corev1.ConditionStatus) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Status.Conditions[1].Status = status }
	}
	crashing := func(p *corev1.Pod) {
		condition(corev1.ConditionFalse)(p)
		waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "web", State: waiting}}
	}
	pending := func(p *corev1.Pod) { p.Status = corev1.PodStatus{Phase: corev1.PodPending} }
	leaving := func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.Now()) }
	other := func(p *corev1.Pod) { p.Labels = map[string]string{"app": "db"} }
	for _, tc := range []struct {
		name string
		pods []*corev1.Pod
		want audit.Reason
	}{
		{"Pods:ready", []*corev1.Pod{pod()}, mutate.CodeServiceDualStack},
		{"Pods:one-of-two-ready", []*corev1.Pod{pod(crashing), pod()}, mutate.CodeServiceDualStack},
		{"Pods:crashing", []*corev1.Pod{pod(crashing)}, audit.CodeNoReadyPods},
		{"Pods:pending", []*corev1.Pod{pod(pending)}, audit.CodeNoReadyPods},
		{"Pods:condition-unknown", []*corev1.Pod{pod(condition(corev1.ConditionUnknown))}, audit.CodeNoReadyPods},
		{"Pods:leaving", []*corev1.Pod{pod(leaving)}, audit.CodeNoReadyPods},
		{"Pods:crashing_Other:ready", []*corev1.Pod{pod(crashing), pod(other)}, audit.CodeNoReadyPods},
		{"Pods:others", []*corev1.Pod{pod(other, crashing)}, mutate.CodeServiceDualStack},
		{"Pods:none", nil, mutate.CodeServiceDualStack},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var backends []audit.Backend
			for _, p := range tc.pods {
				b, _ := audit.NewBackend(p, applies())
				backends = append(backends, b)
			}
			plan := audit.Upgrade(stored(), applies(), backends)
			if plan.Reason != tc.want {
				t.Errorf("Upgrade() = %v, want %v", plan.Reason, tc.want)
			}
			if tc.want == audit.Reason(audit.CodeNoReadyPods) && (len(plan.Pods) != 1 || plan.Pods[0] != "web-1") {
				t.Errorf("Pods = %q, want web-1", plan.Pods)
			}
		})
	}
}
