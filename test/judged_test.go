package test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

// TestStoredIsJudgedAlike has the audit look at what is stored of every fixture: it
// says of it what the webhook decided, and finds nothing to do where that is done.
func TestStoredIsJudgedAlike(t *testing.T) {
	for _, f := range loadFixtures(t) {
		if f.coreOnly || f.namespaceUnknown || f.file("before.yaml") != nil {
			continue // No cluster has it stored, or knows what the webhook did not.
		}
		t.Run(f.name, func(t *testing.T) {
			decided := f.decide(t, f.json(t, "in.yaml"))
			if f.kind(t) == "Pod" {
				f.judgePod(t, decided)
			} else {
				f.judgeService(t, decided)
			}
		})
	}
}

func (f *fixture) judgePod(t *testing.T, decided mutate.Result) {
	t.Helper()
	var want []audit.Code
	for _, note := range decided.Notes {
		switch {
		case note.Code == mutate.CodeUnknownSetting || note.Code == mutate.CodeUnknownNamespace:
			// It stops nothing, so it is advice.
		case note.Code.Kind() == mutate.Refuse:
			want = append(want, audit.Code(note.Code))
		case note.Code.Kind() == mutate.Change && decided.Patch == nil:
			want = append(want, audit.CodePodOutdated)
		}
	}
	survey := audit.NewSurvey(metav1.ObjectMeta{Name: "shop"}, f.policy(t))
	survey.AddPod(storedObject[corev1.Pod](t, f))
	var got []audit.Code
	for _, e := range survey.Namespace(nil).Findings {
		if e.Object.Kind != "Namespace" && (e.Level == audit.Todo || e.Level == audit.Blocked) {
			got = append(got, e.Code)
		}
	}
	if diff := cmp.Diff(sortedSet(want), sortedSet(got)); diff != "" {
		t.Errorf("findings (-webhook +audit):\n%s", diff)
	}
}

func (f *fixture) judgeService(t *testing.T, decided mutate.Result) {
	t.Helper()
	service := storedObject[corev1.Service](t, f)
	f.allocate(t, service, decided)
	var want audit.Reason = decided.Notes[len(decided.Notes)-1].Code
	mode := f.policy(t).Mode
	switch {
	case mode != mutate.ModeApply && want != audit.Reason(mutate.CodeOptedOut):
		want = audit.CodeNamespaceMode
	case len(service.Spec.IPFamilies) == 2:
		want = mutate.CodeAlreadyDual
	}
	if got := audit.Upgrade(service, f.policy(t), nil).Reason; got != want {
		t.Errorf("the audit says %v, the webhook %v", got, want)
	}
}

// allocate fills in what the API server does of a cluster with both families, whose
// first is IPv4: k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go. The
// managed fields are those of a client that created the Service as the fixture has it.
func (f *fixture) allocate(t *testing.T, service *corev1.Service, decided mutate.Result) {
	t.Helper()
	var in struct{ Spec map[string]any }
	if err := yaml.Unmarshal(f.file("in.yaml"), &in); err != nil {
		t.Fatal(err)
	}
	owned := map[string]any{}
	for name := range in.Spec {
		owned["f:"+name] = struct{}{}
	}
	fields, err := json.Marshal(map[string]any{"f:spec": owned})
	if err != nil {
		t.Fatal(err)
	}
	entry := metav1.ManagedFieldsEntry{Manager: "kubectl-create", Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: metav1.NewFieldsV1(string(fields))}
	service.ManagedFields = []metav1.ManagedFieldsEntry{entry}
	spec := &service.Spec
	if spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	single, headless := corev1.IPFamilyPolicySingleStack, decided.Notes[0].Code == mutate.CodeHeadlessNoSelector
	switch {
	case spec.IPFamilyPolicy != nil && *spec.IPFamilyPolicy != single, headless:
		spec.IPFamilies = both(spec.IPFamilies)
	case spec.IPFamilyPolicy == nil:
		spec.IPFamilyPolicy = &single
		fallthrough
	default:
		spec.IPFamilies = both(spec.IPFamilies)[:1]
	}
}

// both returns the families with the one that is not in them.
func both(families []corev1.IPFamily) []corev1.IPFamily {
	for _, family := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
		if !slices.Contains(families, family) {
			families = append(families, family)
		}
	}
	return families
}

// storedObject returns the object that the fixture ends in.
func storedObject[O any](t *testing.T, f *fixture) *O {
	t.Helper()
	object := new(O)
	if err := json.Unmarshal(f.json(t, "out.yaml"), object); err != nil {
		t.Fatal(err)
	}
	return object
}

func sortedSet(codes []audit.Code) []audit.Code {
	return slices.Compact(slices.Sorted(slices.Values(codes)))
}
