package audit_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// stored is a Service as the API server keeps one that nobody gave a policy.
func stored(changes ...func(*corev1.Service)) *corev1.Service {
	policy := corev1.IPFamilyPolicySingleStack
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", ManagedFields: []metav1.ManagedFieldsEntry{
			managed("kubectl-create", `{"f:spec":{"f:ports":{},"f:selector":{}}}`),
		}},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, Selector: map[string]string{"app": "web"},
			ClusterIP: "10.96.0.9", ClusterIPs: []string{"10.96.0.9"},
			IPFamilyPolicy: &policy, IPFamilies: []corev1.IPFamily{"IPv4"},
		},
	}
	for _, change := range changes {
		change(service)
	}
	return service
}

func managed(manager, fields string) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: metav1.NewFieldsV1(fields)}
}

func owns(fields string) func(*corev1.Service) {
	return func(s *corev1.Service) { s.ManagedFields = append(s.ManagedFields, managed("somebody", fields)) }
}

func lastApplied(manifest string) func(*corev1.Service) {
	return annotated(corev1.LastAppliedConfigAnnotation, manifest)
}

func annotated(key, value string) func(*corev1.Service) {
	return func(s *corev1.Service) { metav1.SetMetaDataAnnotation(&s.ObjectMeta, key, value) }
}

func marked(mark string) func(*corev1.Service) { return annotated(mutate.KeyStatus, mark) }

func has(policy corev1.IPFamilyPolicy, families ...corev1.IPFamily) func(*corev1.Service) {
	return func(s *corev1.Service) { s.Spec.IPFamilyPolicy, s.Spec.IPFamilies = &policy, families }
}

func headless(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.ClusterIPs = "None", []string{"None"} }

func off(s *corev1.Service) { s.Labels = map[string]string{mutate.KeyMode: "off"} }

const (
	prefer     = corev1.IPFamilyPolicyPreferDualStack
	require    = corev1.IPFamilyPolicyRequireDualStack
	ownsPolicy = `{"f:spec":{"f:ipFamilyPolicy":{}}}`
)

// applies is the policy of a namespace that upgrades, in no mesh.
func applies(changes ...func(*mutate.Policy)) mutate.Policy {
	p := mutate.Policy{Mode: mutate.ModeApply, Headless: true, Facts: mutate.Facts{DualStack: mutate.Enabled}}
	for _, change := range changes {
		change(&p)
	}
	return p
}

func meshed(state mutate.State) func(*mutate.Policy) {
	return func(p *mutate.Policy) {
		p.Facts.Meshes = map[string]mutate.Mesh{"istio": {DualStack: state}}
		*p = p.WithNamespace(map[string]string{"istio-injection": "enabled"}, nil)
	}
}

func mode(m mutate.Mode) func(*mutate.Policy) { return func(p *mutate.Policy) { p.Mode = m } }

func facts(state mutate.State) func(*mutate.Policy) {
	return func(p *mutate.Policy) { p.Facts.DualStack = state }
}

func TestUpgrade(t *testing.T) {
	ours := func(s *corev1.Service) {
		s.ManagedFields = append(s.ManagedFields, managed(audit.FieldManager, ownsPolicy))
	}
	ready := []audit.Backend{{Name: "web-1", Labels: map[string]string{"app": "web", "a": "b"}}, {Name: "other", Labels: map[string]string{"app": "db"}, Against: audit.CodePodsNotReady}}
	lacking := append(slices.Clone(ready), audit.Backend{Name: "web-2", Labels: map[string]string{"app": "web"}, Against: audit.CodePodsNotReady})
	for _, tc := range []struct {
		name     string
		service  *corev1.Service
		policy   mutate.Policy
		backends []audit.Backend
		want     audit.Reason
	}{
		{"Policy:filled-in", stored(), applies(), nil, mutate.CodeServiceDualStack},
		{"Policy:owned", stored(owns(ownsPolicy)), applies(), nil, mutate.CodeExplicitSingleStack},
		{"Families:none", stored(has("SingleStack")), applies(), nil, mutate.CodeIncomplete},
		{"Policy:owned-by-us", stored(ours), applies(), nil, mutate.CodeServiceDualStack},
		{"Policy:applied", stored(lastApplied(`{"spec":{"ipFamilyPolicy":"SingleStack"}}`)), applies(), nil, mutate.CodeExplicitSingleStack},
		{"Policy:applied-null", stored(lastApplied(`{"spec":{"ipFamilyPolicy":null}}`)), applies(), nil, mutate.CodeServiceDualStack},
		{"Applied:without-policy", stored(lastApplied(`{"spec":{"ports":[]}}`)), applies(), nil, mutate.CodeServiceDualStack},
		{"Applied:unreadable", stored(lastApplied(`{`)), applies(), nil, mutate.CodeExplicitSingleStack},
		{"Owners:none", stored(func(s *corev1.Service) { s.ManagedFields = nil }), applies(), nil, mutate.CodeExplicitSingleStack},
		{"Owners:unreadable", stored(owns(`{"f:spec":[]}`)), applies(), nil, mutate.CodeExplicitSingleStack},
		{"Families:owned", stored(owns(`{"f:spec":{"f:ipFamilies":{}}}`)), applies(), nil, mutate.CodeFamiliesChosen},
		{"Families:applied", stored(lastApplied(`{"spec":{"ipFamilies":["IPv4"]}}`)), applies(), nil, mutate.CodeFamiliesChosen},
		{"ClusterIPs:owned", stored(owns(`{"f:spec":{"f:clusterIPs":{}}}`)), applies(), nil, mutate.CodeFamiliesChosen},
		{"ClusterIPs:owned_Headless", stored(headless, owns(`{"f:spec":{"f:clusterIPs":{}}}`)), applies(), nil, mutate.CodeServiceDualStack},
		{"ClusterIP:owned", stored(owns(`{"f:spec":{"f:clusterIP":{}}}`)), applies(), nil, mutate.CodeServiceDualStack},
		{"Families:both", stored(has(prefer, "IPv4", "IPv6")), applies(), nil, mutate.CodeAlreadyDual},
		{"Families:both_Owned-by-us", stored(has(prefer, "IPv4", "IPv6"), ours), applies(), nil, audit.CodeUnfinished},
		{"Prefer:one-family", stored(has(prefer, "IPv4")), applies(), nil, audit.CodeSecondFamily},
		{"Prefer:one-family_Owned", stored(has(prefer, "IPv4"), owns(ownsPolicy)), applies(), nil, audit.CodeSecondFamily},
		{"Prefer:one-family_Families:owned", stored(has(prefer, "IPv4"), owns(`{"f:spec":{"f:ipFamilies":{}}}`)), applies(), nil, mutate.CodeFamiliesChosen},
		{"Prefer:one-family_Cluster:unknown", stored(has(prefer, "IPv4")), applies(facts(mutate.Unknown)), nil, audit.CodeClusterUnknown},
		{"Policy:future", stored(has("PreferIPv6", "IPv4"), owns(ownsPolicy)), applies(), nil, mutate.CodeExplicitSingleStack},
		{"Service:off", stored(off), applies(), nil, mutate.CodeOptedOut},
		{"Service:off_Owned-by-us", stored(off, ours), applies(), nil, mutate.CodeOptedOut},
		{"Mode:none", stored(), applies(mode("")), nil, audit.CodeNamespaceMode},
		{"Mode:report", stored(), applies(mode(mutate.ModeReport)), nil, audit.CodeNamespaceMode},
		{"Mode:pods", stored(), applies(mode(mutate.ModePods)), nil, audit.CodeNamespaceMode},
		{"Cluster:unknown", stored(), applies(facts(mutate.Unknown)), nil, audit.CodeClusterUnknown},
		{"Cluster:one-family", stored(), applies(facts(mutate.Disabled)), nil, mutate.CodeClusterSingleStack},
		{"Namespace:unknown", stored(), applies(func(p *mutate.Policy) { p.Membership.Unknown = true }), nil, mutate.CodeNamespaceUnknown},
		{"Headless:off", stored(headless), applies(func(p *mutate.Policy) { p.Headless = false }), nil, mutate.CodeHeadlessOff},
		{"Pods:lacking_Mesh:none", stored(), applies(), lacking, audit.CodePodsNotReady},
		{"Pods:none_Mesh:none", stored(), applies(), nil, mutate.CodeServiceDualStack},
		{"Pods:ready_Mesh:unknown", stored(), applies(meshed(mutate.Unknown)), ready, mutate.CodeMeshNotDual},
		{"Pods:ready_Mesh:enabled", stored(), applies(meshed(mutate.Enabled)), ready, mutate.CodeServiceDualStack},
		{"Pods:lacking_Mesh:enabled", stored(), applies(meshed(mutate.Enabled)), lacking, audit.CodePodsNotReady},
		{"Pods:none_Mesh:enabled", stored(), applies(meshed(mutate.Enabled)), ready[1:], audit.CodeNoPods},
		{"Selector:none_Mesh:enabled", stored(func(s *corev1.Service) { s.Spec.Selector = nil }), applies(meshed(mutate.Enabled)), ready, audit.CodeNoPods},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := audit.Upgrade(tc.service, tc.policy, tc.backends)
			if got.Reason != tc.want {
				t.Errorf("Upgrade() = %v, want %v", got.Reason, tc.want)
			}
			if changes := got.Changes(); changes != (got.Patch != nil) && got.Reason != audit.CodeUnfinished {
				t.Errorf("Upgrade() changes: %t, with the patch %v", changes, got.Patch)
			}
		})
	}
}

// TestUpgradeNamesPods holds that exactly the Pods are named that are the reason.
func TestUpgradeNamesPods(t *testing.T) {
	labels := map[string]string{"app": "web"}
	backends := []audit.Backend{
		{Name: "c", Labels: labels, Against: audit.CodePodsNotReady},
		{Name: "a", Labels: labels, Against: audit.CodePodsNotReady},
		{Name: "b", Labels: labels, Against: audit.CodePodsOneFamily},
		{Name: "d", Labels: labels},
		{Name: "e", Labels: map[string]string{"app": "db"}, Against: audit.CodePodsNotReady},
	}
	got := audit.Upgrade(stored(), applies(), backends).Pods
	if diff := cmp.Diff([]string{"a", "c"}, got); diff != "" {
		t.Errorf("Pods (-want +got):\n%s", diff)
	}
}

func TestBackend(t *testing.T) {
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	istio := func(state mutate.State) mutate.Policy {
		p := applies(meshed(state))
		p.Profiles = profiles
		return p
	}
	none := istio(mutate.Unknown)
	none.Membership.None = true
	pod := func(changes ...func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}, {Name: "istio-proxy"}}}}
		for _, change := range changes {
			change(p)
		}
		return p
	}
	env := func(value string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Containers[1].Env = []corev1.EnvVar{{Name: "ISTIO_DUAL_STACK", Value: value}}
		}
	}
	from := func(p *corev1.Pod) { p.Spec.Containers[1].Env[0].ValueFrom = &corev1.EnvVarSource{} }
	plain := func(p *corev1.Pod) { p.Spec.Containers = p.Spec.Containers[:1] }
	native := func(p *corev1.Pod) {
		p.Spec.InitContainers, p.Spec.Containers = p.Spec.Containers[1:], p.Spec.Containers[:1]
	}
	initContainer := func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{{Name: "istio-init"}} }
	ranges := func(list string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Annotations = map[string]string{"traffic.sidecar.istio.io/includeOutboundIPRanges": list}
		}
	}
	label := func(key, value string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Labels = map[string]string{key: value} }
	}
	phase := func(phase corev1.PodPhase) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Status.Phase = phase } }
	ips := func(ips ...string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			for _, ip := range ips {
				p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
			}
		}
	}
	for _, tc := range []struct {
		name   string
		pod    *corev1.Pod
		policy mutate.Policy
		ok     bool
		want   audit.Reason
	}{
		{"Setting:true", pod(env("true")), istio(mutate.Enabled), true, nil},
		{"Setting:true_Native", pod(env("true"), native), istio(mutate.Enabled), true, nil},
		{"Setting:absent", pod(), istio(mutate.Enabled), true, audit.CodePodsNotReady},
		{"Setting:false", pod(env("false")), istio(mutate.Enabled), true, audit.CodePodsNotReady},
		{"Setting:from-elsewhere", pod(env("true"), from), istio(mutate.Enabled), true, audit.CodePodsNotReady},
		{"Setting:in-one-of-two", pod(env("true"), initContainer), istio(mutate.Enabled), true, audit.CodePodsNotReady},
		{"Setting:true_Istiod:unknown", pod(env("true")), istio(mutate.Unknown), true, mutate.CodeMeshNotDual},
		{"Setting:true_Istiod:disabled", pod(env("true")), istio(mutate.Disabled), true, mutate.CodeMeshNotDual},
		{"Setting:true_Istiod:unknown_Mesh:none", pod(env("true")), none, true, nil},
		{"Setting:absent_Mesh:none", pod(), none, true, audit.CodePodsNotReady},
		{"Setting:absent_Pod:off", pod(label(mutate.KeyMode, "off")), istio(mutate.Enabled), true, audit.CodePodsNotReady},
		{"Setting:true_Pod:off", pod(env("true"), label(mutate.KeyMode, "off")), istio(mutate.Enabled), true, nil},
		{"Setting:absent_Mode:report", pod(), func() mutate.Policy { p := istio(mutate.Enabled); p.Mode = mutate.ModeReport; return p }(), true, audit.CodePodsNotReady},
		{"Setting:true_Capture:open", pod(env("true"), ranges("10.0.0.0/8")), istio(mutate.Enabled), true, audit.CodePodsNotReady},
		{"Setting:true_Capture:both", pod(env("true"), ranges("10.0.0.0/8,fd00::/8")), istio(mutate.Enabled), true, nil},
		{"Sidecar:none", pod(plain), istio(mutate.Enabled), true, nil},
		{"Sidecar:none_Istiod:unknown", pod(plain), istio(mutate.Unknown), true, nil},
		{"Sidecar:none_Kuma:asked-for", pod(plain, label("kuma.io/sidecar-injection", "enabled")), istio(mutate.Enabled), true, mutate.CodeMeshNotDual},
		{"Sidecar:none_Kuma:refused", pod(plain, label("kuma.io/sidecar-injection", "disabled")), istio(mutate.Enabled), true, nil},
		{"Addresses:one-family", pod(plain, ips("10.0.0.1")), istio(mutate.Enabled), true, audit.CodePodsOneFamily},
		{"Addresses:both", pod(plain, ips("10.0.0.1", "fd00::1")), istio(mutate.Enabled), true, nil},
		{"Addresses:none-yet", pod(plain, phase(corev1.PodPending)), istio(mutate.Enabled), true, nil},
		{"Phase:succeeded", pod(phase(corev1.PodSucceeded)), istio(mutate.Enabled), false, nil},
		{"Phase:failed", pod(phase(corev1.PodFailed)), istio(mutate.Enabled), false, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := audit.NewBackend(tc.pod, tc.policy)
			if ok != tc.ok || got.Against != tc.want {
				t.Errorf("NewBackend() = %v, %t; want %v, %t", got.Against, ok, tc.want, tc.ok)
			}
		})
	}
}
