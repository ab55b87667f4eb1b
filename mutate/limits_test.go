package mutate_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	jsonpatchv2 "gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/dualstack-dev/webhook/mutate"
)

// filled returns a list of n elements.
func filled[T any](n int, element T) []T { return slices.Repeat([]T{element}, n) }

// sized returns annotations or labels of that many bytes in all.
func sized(bytes int) map[string]string { return map[string]string{"a": strings.Repeat("x", bytes-1)} }

// TestPodLimits has a Pod at each limit and one above it.
func TestPodLimits(t *testing.T) {
	limit := func(m mutate.Measure) int { return mutate.Limits()[m].Max }
	for _, tc := range []struct {
		name    string
		measure mutate.Measure
		grow    func(pod *mutate.PodView, n int)
	}{
		{"Containers", mutate.Containers, func(pod *mutate.PodView, n int) {
			pod.Spec.Containers = append(pod.Spec.Containers, filled(n-1, mutate.ContainerView{})...)
		}},
		{"InitContainers", mutate.Containers, func(pod *mutate.PodView, n int) {
			pod.Spec.InitContainers = filled(n-1, mutate.ContainerView{})
		}},
		{"Variables", mutate.Variables, func(pod *mutate.PodView, n int) {
			pod.Spec.Containers[0].Env = filled(n, mutate.EnvVarView{Name: "A"})
		}},
		{"Arguments", mutate.Arguments, func(pod *mutate.PodView, n int) {
			pod.Spec.Containers[0].Args = filled(n, "")
		}},
		{"Text:variable", mutate.Text, func(pod *mutate.PodView, n int) {
			pod.Spec.Containers[0].Env = []mutate.EnvVarView{{Name: "ISTIO_DUAL_STACK", Value: strings.Repeat("x", n)}}
		}},
		{"Text:arguments", mutate.Text, func(pod *mutate.PodView, n int) {
			pod.Spec.Containers[0].Command = []string{strings.Repeat("x", n/2)}
			pod.Spec.Containers[0].Args = []string{strings.Repeat("x", n-n/2)}
		}},
		{"Sysctls", mutate.Sysctls, func(pod *mutate.PodView, n int) {
			pod.Spec.SecurityContext = &mutate.PodSecurityView{Sysctls: filled(n, mutate.SysctlView{})}
		}},
		{"Labels", mutate.Labels, func(pod *mutate.PodView, n int) { pod.Metadata.Labels = sized(n) }},
		{"Annotations", mutate.Annotations, func(pod *mutate.PodView, n int) { pod.Metadata.Annotations = sized(n) }},
		{"Parsed:config", mutate.Parsed, func(pod *mutate.PodView, n int) {
			pod.Metadata.Annotations = meta{"proxy.istio.io/config": strings.Repeat(" ", n)}
		}},
		{"Parsed:servers", mutate.Parsed, func(pod *mutate.PodView, n int) {
			pod.Metadata.Annotations = meta{mutate.KeyServers: strings.Repeat("x", n)}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for over, want := range []bool{false, true} {
				pod := &mutate.PodView{Metadata: &mutate.MetadataView{}, Spec: &mutate.PodSpecView{Containers: []mutate.ContainerView{{Name: "istio-proxy"}}}}
				tc.grow(pod, limit(tc.measure)+over)
				result := mutate.Pod(pod, noProxyEnabled(t))
				if got := result.Notes[0].Code == mutate.CodeOverLimit; got != want {
					t.Errorf("%d more than the limit: over the limit = %t, want %t; notes %.200v", over, got, want, fmt.Sprint(result.Notes))
				}
				if want && result.Patch != nil {
					t.Error("a Pod over the limit is changed, want it left alone")
				}
			}
		})
	}
}

// TestLimitsIgnoreWhatIsNotRead has a container of the author's own with more than
// any sidecar may have.
func TestLimitsIgnoreWhatIsNotRead(t *testing.T) {
	app := mutate.ContainerView{Name: "app", Args: filled(30_000, "x"), Env: filled(30_000, mutate.EnvVarView{Name: "A", Value: strings.Repeat("x", 100)})}
	pod := &mutate.PodView{Metadata: &mutate.MetadataView{}, Spec: &mutate.PodSpecView{Containers: []mutate.ContainerView{app, {Name: "istio-proxy"}}}}
	policy := noProxyEnabled(t)
	policy.NoProxy = false
	if result := mutate.Pod(pod, policy); result.Patch == nil {
		t.Errorf("notes %v, want the sidecar changed", result.Notes)
	}
}

func TestServiceLimits(t *testing.T) {
	for _, tc := range []struct {
		name    string
		measure mutate.Measure
		grow    func(s *mutate.ServiceView, n int)
	}{
		{"Addresses", mutate.Addresses, func(s *mutate.ServiceView, n int) {
			s.Spec.ExternalIPs, s.Spec.LoadBalancerSourceRanges = filled(n/2, "192.0.2.1"), filled(n-n/2, "192.0.2.0/24")
		}},
		{"Text", mutate.Text, func(s *mutate.ServiceView, n int) { s.Spec.Selector = sized(n) }},
		{"Annotations", mutate.Annotations, func(s *mutate.ServiceView, n int) { s.Metadata.Annotations = sized(n) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for over, want := range []bool{false, true} {
				s := &mutate.ServiceView{Metadata: &mutate.MetadataView{}, Spec: &mutate.ServiceSpecView{}}
				tc.grow(s, mutate.Limits()[tc.measure].Max+over)
				result := mutate.Service(mutate.After{ServiceView: s}, mutate.Before{}, mutate.Policy{Mode: mutate.ModeApply})
				if got := result.Notes[0].Code == mutate.CodeOverLimit; got != want {
					t.Errorf("%d more than the limit: over the limit = %t, want %t; notes %v", over, got, want, result.Notes)
				}
			}
		})
	}
}

// TestAnnotationsStayAcceptable has objects with annotations of about the size that
// the API server takes. What it accepts before the change, it accepts after.
func TestAnnotationsStayAcceptable(t *testing.T) {
	policy := noProxyEnabled(t)
	policy.Mode, policy.CIDRs = mutate.ModeApply, istioCIDRs()
	changed, refused := 0, 0
	for seed := range uint64(400) {
		g := rand.New(rand.NewPCG(seed, 17))
		annotations := meta{"traffic.sidecar.istio.io/includeOutboundIPRanges": "10.96.0.0/12", mutate.KeyServers: "app=gunicorn,web=nginx"}
		rest := 256<<10 - g.IntN(400) - 1
		for key, value := range annotations {
			rest -= len(key) + len(value)
		}
		annotations["b"] = strings.Repeat("x", rest)
		pod := &mutate.PodView{Metadata: &mutate.MetadataView{Annotations: annotations}, Spec: &mutate.PodSpecView{
			InitContainers: []mutate.ContainerView{{Name: "istio-init", Args: []string{"-i", "10.96.0.0/12"}}},
			Containers:     []mutate.ContainerView{{Name: "istio-proxy"}, {Name: "app", Args: []string{"gunicorn", "-b", "0.0.0.0:80"}}},
		}}
		service := &mutate.ServiceView{Metadata: pod.Metadata, Spec: &mutate.ServiceSpecView{Type: corev1.ServiceTypeClusterIP}}
		for _, result := range []mutate.Result{mutate.Pod(pod, policy), mutate.Service(mutate.After{ServiceView: service}, mutate.Before{}, policy)} {
			after := annotationsAfter(annotations, result.Patch)
			if errs := validation.ValidateAnnotations(after, field.NewPath("metadata", "annotations")); len(errs) > 0 {
				t.Fatalf("seed %d: the annotations were accepted before, and are refused: %v", seed, errs[0].Type)
			}
			if result.Patch != nil {
				changed++
			} else if result.Notes[0].Code == mutate.CodeAnnotationsFull {
				refused++
			}
		}
	}
	if changed < 100 || refused < 100 {
		t.Errorf("%d objects were changed and %d were full, want at least 100 of each", changed, refused)
	}
}

// annotationsAfter returns what a patch makes of annotations.
func annotationsAfter(before meta, patch []jsonpatchv2.Operation) map[string]string {
	after := maps.Clone(before)
	for _, op := range patch {
		if key, ok := strings.CutPrefix(op.Path, "/metadata/annotations/"); ok {
			after[strings.NewReplacer("~1", "/", "~0", "~").Replace(key)], _ = op.Value.(string)
		}
	}
	return after
}
