package mutate_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// words are the settings with the words that each of them knows.
var words = map[string][]string{
	mutate.KeyHeadless:      {"enabled", "disabled"},
	mutate.KeyLoadBalancers: {"enabled", "disabled"},
	mutate.KeyNoProxy:       {"enabled", "disabled"},
	mutate.KeyPolicy:        {"PreferDualStack", "RequireDualStack"},
	mutate.KeyPrimaryFamily: {"IPv4", "IPv6"},
}

// decideBoth returns what becomes of a Service and of a Pod with these labels and
// annotations, both of which would change without them.
func decideBoth(t *testing.T, policy mutate.Policy, labels, annotations map[string]string) map[string]mutate.Result {
	t.Helper()
	p := pod(mutate.PodSpecView{Containers: []mutate.ContainerView{container("istio-proxy")}})
	p.Metadata.Labels, p.Metadata.Annotations = labels, annotations
	s := service(func(s *mutate.ServiceView) { s.Metadata.Labels, s.Metadata.Annotations = labels, annotations })
	return map[string]mutate.Result{
		"Pod":     mutate.Pod(p, policy),
		"Service": mutate.Service(s, mutate.Before{}, policy),
	}
}

// TestSettingIsNotKnown wants an object to stay as it is where a setting has a value
// that is not known, its own or its Namespace's, whatever the setting is about, and
// to change where all values are known.
func TestSettingIsNotKnown(t *testing.T) {
	policy := istioEnabled(t)
	check := func(what string, policy mutate.Policy, labels, annotations map[string]string, code mutate.Code) {
		t.Helper()
		for kind, got := range decideBoth(t, policy, labels, annotations) {
			if code == "" {
				if got.Patch == nil {
					t.Errorf("%s: the %s stays as it is: %v", what, kind, codesOf(got))
				}
				continue
			}
			if got.Patch != nil || got.Reported() || lastCode(t, got) != code {
				t.Errorf("%s: the %s comes to %v, %v, want no change and %s", what, kind, got.Patch, codesOf(got), code)
			}
		}
	}
	for key, known := range words {
		for _, word := range known {
			check(fmt.Sprintf("%s: %s", key, word), policy, nil, meta{key: word}, "")
			check(fmt.Sprintf("Namespace %s: %s", key, word), policy.WithNamespace(nil, meta{key: word}), nil, nil, "")
		}
		for _, word := range []string{"", "true", "false", "yes", "off", "SingleStack", "IPv5", known[0] + " ", strings.ToUpper(known[0])} {
			check(fmt.Sprintf("%s: %q", key, word), policy, nil, meta{key: word}, mutate.CodeInvalidSetting)
			check(fmt.Sprintf("Namespace %s: %q", key, word), policy.WithNamespace(nil, meta{key: word}), nil, nil, mutate.CodeInvalidNamespace)
		}
	}
	for _, mode := range []string{"", "disabled", "false", "Off", "report", "pods", "apply"} {
		check(fmt.Sprintf("label %q", mode), policy, meta{mutate.KeyMode: mode}, nil, mutate.CodeInvalidSetting)
	}
	for _, mesh := range []string{"", "no", "None", "istio"} {
		check(fmt.Sprintf("Namespace %s: %q", mutate.KeyMesh, mesh), policy.WithNamespace(nil, meta{mutate.KeyMesh: mesh}), nil, nil, mutate.CodeInvalidNamespace)
	}
	check("Namespace none", policy.WithNamespace(nil, meta{mutate.KeyMesh: "none"}), nil, nil, "")
}

// TestSettingStopsServers holds that the list of servers is a setting like others:
// where it cannot be read, the sidecar beside them stays too.
func TestSettingStopsServers(t *testing.T) {
	got := decideBoth(t, istioEnabled(t), nil, meta{mutate.KeyServers: "web"})["Pod"]
	if diff := cmp.Diff([]mutate.Code{mutate.CodeInvalidSetting}, codesOf(got)); diff != "" || got.Patch != nil {
		t.Errorf("codes (-want +got):\n%swith the patch %v, want none", diff, got.Patch)
	}
}

// TestSettingKeepsTheAuthorsChoice holds that what decides first still does: of a
// Service that its author or the cluster leaves alone, that is said.
func TestSettingKeepsTheAuthorsChoice(t *testing.T) {
	nonsense := annotated(mutate.KeyHeadless, "nonsense")
	for _, tc := range []struct {
		after mutate.After
		want  mutate.Code
	}{
		{service(nonsense, withPolicy("SingleStack")), mutate.CodeExplicitSingleStack},
		{service(nonsense, ofType(corev1.ServiceTypeExternalName)), mutate.CodeExternalName},
		{service(nonsense, labelled(mutate.KeyMode, "off")), mutate.CodeOptedOut},
	} {
		if got := lastCode(t, mutate.Service(tc.after, mutate.Before{}, applies)); got != tc.want {
			t.Errorf("Service() = %s, want %s", got, tc.want)
		}
	}
}

// TestKeyIsNotKnown wants what stands under our prefix and is no setting there to be
// noted, without what it says, and to stop nothing.
func TestKeyIsNotKnown(t *testing.T) {
	const secret = "s3cret"
	with := func(key string) map[string]string { return meta{key: secret} }
	for _, tc := range []struct {
		name                string
		ofNamespace         bool
		labels, annotations map[string]string
		path                patch.Path
	}{
		{"Annotation:typo", false, nil, with("dualstack.dev/headles"), "/metadata/annotations/dualstack.dev~1headles"},
		{"Annotation:mode", false, nil, with(mutate.KeyMode), "/metadata/annotations/dualstack.dev~1mode"},
		{"Annotation:mesh", false, nil, with(mutate.KeyMesh), "/metadata/annotations/dualstack.dev~1mesh"},
		{"Annotation:empty", false, nil, with("dualstack.dev/"), "/metadata/annotations/dualstack.dev~1"},
		{"Label:headless", false, with(mutate.KeyHeadless), nil, "/metadata/labels/dualstack.dev~1headless"},
		{"Label:status", false, with(mutate.KeyStatus), nil, "/metadata/labels/dualstack.dev~1status"},
		{"Namespace_Annotation:typo", true, nil, with("dualstack.dev/primary"), "/metadata/annotations/dualstack.dev~1primary"},
		{"Namespace_Annotation:mode", true, nil, with(mutate.KeyMode), "/metadata/annotations/dualstack.dev~1mode"},
		{"Namespace_Annotation:status", true, nil, with(mutate.KeyStatus), "/metadata/annotations/dualstack.dev~1status"},
		{"Namespace_Label:policy", true, with(mutate.KeyPolicy), nil, "/metadata/labels/dualstack.dev~1policy"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy, labels, annotations, code := istioEnabled(t), tc.labels, tc.annotations, mutate.CodeUnknownSetting
			if tc.ofNamespace {
				policy, labels, annotations, code = policy.WithNamespace(labels, annotations), nil, nil, mutate.CodeUnknownNamespace
			}
			for kind, got := range decideBoth(t, policy, labels, annotations) {
				if diff := cmp.Diff(mutate.Note{Code: code, Path: tc.path}, got.Notes[0]); diff != "" {
					t.Errorf("the first note about the %s (-want +got):\n%s", kind, diff)
				}
				if got.Patch == nil {
					t.Errorf("the %s stays as it is: %v", kind, codesOf(got))
				}
			}
		})
	}
}

// TestKeysAreKnown wants no word about labels and annotations that others use, and
// about those of ours in their places.
func TestKeysAreKnown(t *testing.T) {
	annotations := meta{
		"dualstack.developer/headless": "x", "dualstack": "x", "example.com/dualstack.dev/": "x",
		mutate.KeyStatus: "ipFamilyPolicy=PreferDualStack",
	}
	namespace := meta{mutate.KeyMesh: "none"}
	for key, known := range words {
		annotations[key], namespace[key] = known[0], known[0]
	}
	policy := istioEnabled(t).WithNamespace(meta{mutate.KeyMode: "apply"}, namespace)
	pods := maps.Clone(annotations)
	pods[mutate.KeyServers] = "istio-proxy=go"
	for kind, got := range decideBoth(t, policy, meta{"app.kubernetes.io/name": "web"}, pods) {
		for _, note := range got.Notes {
			if note.Code == mutate.CodeUnknownSetting || note.Code == mutate.CodeUnknownNamespace {
				t.Errorf("of the %s it is said that %s is not known", kind, note.Path)
			}
		}
	}
}
