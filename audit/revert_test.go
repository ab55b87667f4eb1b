package audit_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	jsonpatchv4 "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
)

func TestRevert(t *testing.T) {
	ours := func(s *corev1.Service) {
		s.ManagedFields = append(s.ManagedFields, managed(audit.FieldManager, ownsPolicy))
	}
	deleting := func(s *corev1.Service) { s.DeletionTimestamp = &metav1.Time{} }
	both := has(prefer, "IPv4", "IPv6")
	for _, tc := range []struct {
		name    string
		service *corev1.Service
		want    audit.Reason
	}{
		{"Mark:none", stored(both), audit.CodeNoMark},
		{"Mark:none_Owned-by-us", stored(ours), audit.CodeUnfinished},
		{"Mark:policy", stored(both, marked("ipFamilyPolicy=PreferDualStack")), audit.CodeOneFamilyAgain},
		{"Mark:policy_Require", stored(has(require, "IPv4", "IPv6"), marked("ipFamilyPolicy=RequireDualStack")), audit.CodeOneFamilyAgain},
		{"Mark:policy_Headless", stored(both, headless, marked("ipFamilyPolicy=PreferDualStack")), audit.CodeOneFamilyAgain},
		{"Mark:policy_Owned-by-us", stored(both, ours, marked("ipFamilyPolicy=PreferDualStack")), audit.CodeOneFamilyAgain},
		{"Mark:policy_Families:one", stored(has(prefer, "IPv4"), marked("ipFamilyPolicy=PreferDualStack")), audit.CodeOneFamilyAgain},
		{"Mark:policy_Owned", stored(both, marked("ipFamilyPolicy=PreferDualStack"), owns(ownsPolicy)), audit.CodePolicyChosen},
		{"Mark:policy_Other", stored(has(require, "IPv4", "IPv6"), marked("ipFamilyPolicy=PreferDualStack")), audit.CodePolicyChosen},
		{"Mark:policy_SingleStack", stored(marked("ipFamilyPolicy=PreferDualStack"), owns(ownsPolicy)), audit.CodeMarkOutlived},
		{"Mark:policy_ExternalName", stored(func(s *corev1.Service) { s.Spec.IPFamilyPolicy, s.Spec.IPFamilies = nil, nil }, marked("ipFamilyPolicy=PreferDualStack")), audit.CodeMarkOutlived},
		{"Mark:policy_Families:owned", stored(both, marked("ipFamilyPolicy=PreferDualStack"), owns(`{"f:spec":{"f:ipFamilies":{}}}`)), audit.CodeFamiliesNamed},
		{"Mark:policy_ClusterIPs:owned", stored(both, marked("ipFamilyPolicy=PreferDualStack"), owns(`{"f:spec":{"f:clusterIPs":{}}}`)), audit.CodeFamiliesNamed},
		{"Mark:policy_ClusterIPs:owned_Headless", stored(both, headless, marked("ipFamilyPolicy=PreferDualStack"), owns(`{"f:spec":{"f:clusterIPs":{}}}`)), audit.CodeOneFamilyAgain},
		{"Mark:policy-and-primary", stored(has(prefer, "IPv6", "IPv4"), marked("ipFamilyPolicy=PreferDualStack,ipFamilies=IPv6")), audit.CodePrimaryFixed},
		{"Mark:primary", stored(has(prefer, "IPv6", "IPv4"), marked("ipFamilies=IPv6"), owns(ownsPolicy)), audit.CodePolicyChosen},
		{"Mark:added", stored(both, marked("ipFamilies=+IPv6")), audit.CodePolicyChosen},
		{"Mark:policy-and-added", stored(both, marked("ipFamilyPolicy=PreferDualStack,ipFamilies=+IPv6")), audit.CodeOneFamilyAgain},
		{"Mark:empty", stored(both, marked("")), audit.CodeMarkUnknown},
		{"Mark:of-a-Pod", stored(both, marked("istio=rewritten")), audit.CodeMarkUnknown},
		{"Mark:later", stored(both, marked("ipFamilyPolicy=PreferDualStack,zones=2")), audit.CodeMarkUnknown},
		{"Mark:none_Service:off", stored(both, off), audit.CodeNoMark},
		{"Mark:none_Service:off_Owned-by-us", stored(both, off, ours), audit.CodeNoMark},
		{"Mark:policy_Service:off", stored(both, off, marked("ipFamilyPolicy=PreferDualStack")), mutate.CodeOptedOut},
		{"Mark:policy_Deleting", stored(both, deleting, marked("ipFamilyPolicy=PreferDualStack")), mutate.CodeDeleting},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := audit.Revert(tc.service); got.Reason != tc.want {
				t.Errorf("Revert() = %v, want %v", got.Reason, tc.want)
			}
		})
	}
}

// TestUpgradeAndRevert takes Services of all sorts through an upgrade, a second one,
// a revert and a second one. Only the three fields and the mark ever change; what
// somebody owns never does; and where a revert takes the second family back, the
// Service is as it was.
func TestUpgradeAndRevert(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	one := func(choices ...func(*corev1.Service)) func(*corev1.Service) {
		return choices[random.IntN(len(choices))]
	}
	keep := func(*corev1.Service) {}
	seen := map[audit.Reason]int{}
	for range 5000 {
		before := stored(
			one(keep, keep, keep, headless, func(s *corev1.Service) { s.Spec.Selector = nil }),
			one(keep, keep, has(prefer, "IPv4"), has(prefer, "IPv6"), has("SingleStack", "IPv6"), has(prefer, "IPv4", "IPv6"), has(require, "IPv6", "IPv4")),
			one(keep, keep, keep, owns(ownsPolicy), owns(`{"f:spec":{"f:ipFamilies":{}}}`), owns(`{"f:spec":{"f:clusterIPs":{}}}`)),
			one(keep, keep, annotated("a", "b"), marked("ipFamilyPolicy=PreferDualStack"), marked("ipFamilyPolicy=RequireDualStack,ipFamilies=IPv6"), marked("nonsense")),
			one(keep, keep, annotated(mutate.KeyPolicy, "RequireDualStack"), off),
		)
		upgraded := store(t, before, audit.Upgrade(before, applies(), nil), seen)
		again := audit.Upgrade(upgraded, applies(), nil)
		if again.Changes() {
			t.Fatalf("upgrade again = %v, of\n%s", again.Reason, describe(before))
		}
		plan := audit.Revert(upgraded)
		reverted := store(t, upgraded, plan, seen)
		if again := audit.Revert(reverted); again.Changes() {
			t.Fatalf("revert again = %v, of\n%s", again.Reason, describe(before))
		}
		if _, marked := before.Annotations[mutate.KeyStatus]; !marked && plan.Reason == audit.CodeOneFamilyAgain {
			if diff := cmp.Diff(before, reverted, cmpopts.EquateEmpty(), cmp.AllowUnexported(metav1.FieldsV1{})); diff != "" {
				t.Fatalf("upgraded and reverted (-before +after):\n%s", diff)
			}
		}
	}
	for _, reason := range []audit.Reason{mutate.CodeServiceDualStack, audit.CodeSecondFamily, audit.CodeOneFamilyAgain, audit.CodePolicyChosen, audit.CodeMarkOutlived} {
		if seen[reason] == 0 {
			t.Errorf("no Service changed for %v: the test looks at too few", reason)
		}
	}
}

// store does with a plan's patch what the API server does on a dual-stack cluster:
// it cuts the families of what becomes SingleStack, and gives a second one to what
// becomes dual-stack or names it.
// k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go, initIPFamilyFields.
func store(t *testing.T, before *corev1.Service, plan audit.Plan, seen map[audit.Reason]int) *corev1.Service {
	t.Helper()
	seen[plan.Reason]++
	if !plan.Changes() {
		return before
	}
	paths := []string{"/spec/ipFamilyPolicy", "/spec/ipFamilies/-", "/metadata/annotations", "/metadata/annotations/dualstack.dev~1status"}
	for _, operation := range plan.Patch {
		if !slices.Contains(paths, operation.Path) {
			t.Fatalf("the patch changes %s", operation.Path)
		}
	}
	after := patched(t, before, plan)
	switch spec := &after.Spec; {
	case *spec.IPFamilyPolicy == corev1.IPFamilyPolicySingleStack:
		spec.IPFamilies = spec.IPFamilies[:1]
	case *spec.IPFamilyPolicy != *before.Spec.IPFamilyPolicy && len(spec.IPFamilies) == 1:
		spec.IPFamilies = append(spec.IPFamilies, plan.To.Families[1])
	}
	if got := fmt.Sprint(*after.Spec.IPFamilyPolicy, after.Spec.IPFamilies); got != fmt.Sprint(plan.To.Policy, plan.To.Families) {
		t.Fatalf("the plan says %v, and comes to %s", plan.To, got)
	}
	if after.Annotations[mutate.KeyStatus] != plan.Mark {
		t.Fatalf("the plan says the mark %q, and comes to %v", plan.Mark, after.Annotations)
	}
	changed := *after.Spec.IPFamilyPolicy != *before.Spec.IPFamilyPolicy
	if owned := strings.Contains(describe(before), "f:ipFamilyPolicy"); owned && changed {
		t.Fatalf("the policy changes, which somebody owns:\n%s", describe(before))
	}
	return after
}

func patched(t *testing.T, before *corev1.Service, plan audit.Plan) *corev1.Service {
	t.Helper()
	object, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	operations, err := json.Marshal(plan.Patch)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatchv4.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	if object, err = patch.Apply(object); err != nil {
		t.Fatalf("applying %s to %s: %v", operations, object, err)
	}
	after := &corev1.Service{}
	if err := json.Unmarshal(object, after); err != nil {
		t.Fatal(err)
	}
	return after
}

func describe(service *corev1.Service) string {
	text, _ := json.MarshalIndent(service, "", "  ")
	return string(text)
}

func TestDisown(t *testing.T) {
	applied := managed(audit.FieldManager, ownsPolicy)
	applied.Operation = metav1.ManagedFieldsOperationApply
	service := stored(func(s *corev1.Service) {
		s.ManagedFields = append(s.ManagedFields, managed(audit.FieldManager, ownsPolicy), applied, managed(audit.FieldManager, `{}`), managed("somebody", ownsPolicy))
	})
	got := patched(t, service, audit.Plan{Patch: audit.Disown(service)})
	var managers []string
	for _, entry := range got.ManagedFields {
		managers = append(managers, entry.Manager+" "+string(entry.Operation))
	}
	if diff := cmp.Diff([]string{"kubectl-create Update", audit.FieldManager + " Apply", "somebody Update"}, managers); diff != "" {
		t.Errorf("managers (-want +got):\n%s", diff)
	}
	if got := audit.Disown(got); got != nil {
		t.Errorf("Disown() again = %v, want nil", got)
	}
}

// TestMarkOfCreation reads the marks that the webhook writes.
func TestMarkOfCreation(t *testing.T) {
	for _, tc := range []struct {
		name    string
		primary corev1.IPFamily
		policy  corev1.IPFamilyPolicy
		want    audit.Reason
	}{
		{"Policy:prefer", "", prefer, audit.CodeOneFamilyAgain},
		{"Policy:require", "", require, audit.CodeOneFamilyAgain},
		{"Primary:IPv6", "IPv6", prefer, audit.CodePrimaryFixed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := applies()
			p.PrimaryFamily, p.FamilyPolicy = tc.primary, tc.policy
			created := stored(func(s *corev1.Service) {
				s.Spec.IPFamilyPolicy, s.Spec.IPFamilies, s.Spec.ClusterIP, s.Spec.ClusterIPs = nil, nil, "", nil
			})
			result := mutate.Service(mutate.After{ServiceView: mutate.ServiceViewOf(created)}, mutate.Before{}, p)
			service := patched(t, created, audit.Plan{Patch: result.Patch})
			if len(service.Spec.IPFamilies) == 0 {
				service.Spec.IPFamilies = []corev1.IPFamily{"IPv4", "IPv6"}
			}
			if got := audit.Revert(service); got.Reason != tc.want {
				t.Errorf("Revert() of what is marked %q = %v, want %v", service.Annotations[mutate.KeyStatus], got.Reason, tc.want)
			}
		})
	}
}

// TestServiceCodes holds what the documentation relies on.
func TestServiceCodes(t *testing.T) {
	for _, code := range audit.ServiceCodes() {
		if code.Sentence() == "" || code.Kind() == mutate.Refuse && code.Cure() == "" {
			t.Errorf("%s has no sentence, or nothing is said to do about it", code)
		}
		if slices.Contains(mutate.Codes(), mutate.Code(code)) || slices.Contains(audit.Codes(), audit.Code(code)) {
			t.Errorf("%s is a code of another decision too", code)
		}
	}
}
