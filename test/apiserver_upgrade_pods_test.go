package test

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// testUpgradePods asks the Pods of a mesh: a Service is upgraded only if each Pod
// that it selects is known to carry its settings. The Pods that lack them were
// created before the label, as in life.
func (c *cluster) testUpgradePods(t *testing.T) {
	s := &stage{T: t, cluster: c, namespace: "upgrade-mesh"}
	c.namespace(t, s.namespace, map[string]string{"istio-injection": "enabled"}, nil)
	variable := func(value string) []corev1.EnvVar { return []corev1.EnvVar{{Name: "ISTIO_DUAL_STACK", Value: value}} }
	for _, pod := range []podOf{
		{name: "ready-a", app: "ready", env: variable("true")},
		{name: "ready-b", app: "ready", env: variable("true")},
		{name: "ready-c", app: "ready", plain: true},
		{name: "ready-d", app: "ready", phase: corev1.PodSucceeded},
		{name: "half-a", app: "half", env: variable("true")},
		{name: "half-b", app: "half"},
		{name: "refused", app: "refused", env: variable("false")},
		{name: "open", app: "open", env: variable("true"), annotations: map[string]string{"traffic.sidecar.istio.io/includeOutboundIPRanges": "10.0.0.0/8"}},
		{name: "off", app: "off", labels: map[string]string{"dualstack.dev/mode": "off"}},
		{name: "kuma", app: "kuma", plain: true, annotations: map[string]string{"kuma.io/sidecar-injection": "enabled"}},
		{name: "crashing", app: "crashing", env: variable("true"), unready: true},
		{name: "one-family", app: "one-family", plain: true, ips: []string{"10.244.0.9"}},
		{name: "two-families", app: "two-families", plain: true, ips: []string{"10.244.0.10", "fd00:10:244::10"}},
	} {
		s.createPod(pod)
	}
	apps := []string{"ready", "half", "refused", "open", "off", "kuma", "crashing", "one-family", "two-families", "nobody"}
	for _, app := range apps {
		s.named(app, func(service *corev1.Service) { service.Spec.Selector = map[string]string{"app": app} })
	}
	s.named("no-selector", func(service *corev1.Service) { service.Spec.Selector = nil })
	s.createSlice("no-selector")
	// Of the mesh nothing is known to the webhook here, so it changes nothing.
	s.kubectl("", "label", "namespace", s.namespace, "dualstack.dev/mode=apply")

	unknown := map[string]string{"no-selector": "mesh-not-dual"}
	for _, app := range apps {
		unknown[app] = "mesh-not-dual"
	}
	if diff := gocmp.Diff(unknown, s.do("upgrade", "--yes")); diff != "" {
		t.Errorf("upgrade in a mesh of which nothing is known (-want +got):\n%s", diff)
	}

	config := writeConfig(t, "istio:\n  dualStack: enabled\n")
	want := map[string]string{
		"ready": "service-dual-stack changed", "two-families": "service-dual-stack changed",
		"half": "pods-not-ready", "refused": "pods-not-ready", "open": "pods-not-ready", "off": "pods-not-ready",
		"kuma": "mesh-not-dual", "crashing": "no-ready-pods", "one-family": "pods-one-family",
		"nobody": "no-pods", "no-selector": "no-pods",
	}
	slices := s.slices()
	if diff := gocmp.Diff(want, s.do("upgrade", "--yes", "--config", config)); diff != "" {
		t.Errorf("upgrade in a mesh (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(slices, s.slices()); diff != "" {
		t.Errorf("EndpointSlices (-before +after):\n%s", diff)
	}
	t.Run("Names", func(t *testing.T) {
		stdout, _, _ := s.services("upgrade", "-n", s.namespace, "--dry-run", "-o", "json", "--config", config)
		if got := podsOf(t, stdout, "half"); !gocmp.Equal(got, []string{"half-b"}) {
			t.Errorf("Pods that stand against the Service half = %q, want half-b", got)
		}
	})
	t.Run("Restarted", func(t *testing.T) {
		s.kubectl("", "delete", "pod", "half-b", "--now", "--wait")
		s.createPod(podOf{name: "half-c", app: "half", env: variable("true")})
		if got := s.do("upgrade", "--yes", "--config", config)["half"]; got != "service-dual-stack changed" {
			t.Errorf("upgrade after the restart: %s, want the Service to change", got)
		}
	})
	s.do("revert", "--yes")
	for name, service := range s.snapshot() {
		s.wantStack(&service, singleStack)
		if name == "ready" && service.Annotations != nil {
			t.Errorf("annotations after the revert = %v, want none", service.Annotations)
		}
	}
}

// podOf is a Pod that an injector has been at, unless it is plain.
type podOf struct {
	name, app           string
	plain               bool
	env                 []corev1.EnvVar
	labels, annotations map[string]string
	phase               corev1.PodPhase
	ips                 []string
	unready             bool
}

func (s *stage) createPod(p podOf) {
	s.Helper()
	pod := &corev1.Pod{}
	pod.Namespace, pod.Name, pod.Annotations = s.namespace, p.name, p.annotations
	pod.Labels = map[string]string{"app": p.app}
	maps.Copy(pod.Labels, p.labels)
	pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "app"}}
	if !p.plain {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: "proxyv2", Env: p.env})
	}
	if err := s.client.Create(s.Context(), pod); err != nil {
		s.Fatal(err)
	}
	pod.Status.Phase = cmp.Or(p.phase, corev1.PodRunning)
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if p.unready {
		pod.Status.Conditions[0].Status = corev1.ConditionFalse
	}
	for _, ip := range p.ips {
		pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	if p.ips != nil {
		pod.Status.PodIP = p.ips[0]
	}
	if err := s.client.Status().Update(s.Context(), pod); err != nil {
		s.Fatal(err)
	}
}

// createSlice makes endpoints by hand for a Service.
func (s *stage) createSlice(service string) {
	s.Helper()
	slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
	slice.Namespace, slice.Name = s.namespace, service
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: service}
	slice.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{"192.0.2.7"}}}
	if err := s.client.Create(s.Context(), slice); err != nil {
		s.Fatal(err)
	}
}

// slices returns the EndpointSlices of the namespace.
func (s *stage) slices() string {
	s.Helper()
	return s.kubectl("", "get", "endpointslices", "-o", "yaml")
}

func podsOf(t *testing.T, stdout, service string) []string {
	t.Helper()
	var lines []struct {
		Name string
		Pods []string
	}
	if err := json.Unmarshal([]byte(stdout), &lines); err != nil {
		t.Fatalf("%v:\n%s", err, stdout)
	}
	i := slices.IndexFunc(lines, func(line struct {
		Name string
		Pods []string
	},
	) bool {
		return line.Name == service
	})
	if i < 0 {
		t.Fatalf("no Service %s in\n%s", service, stdout)
	}
	return lines[i].Pods
}
