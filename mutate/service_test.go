package mutate_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// applies is a policy that changes Services, as the program's defaults are.
var applies = mutate.Policy{Mode: mutate.ModeApply, Headless: true}

func service(tweaks ...func(*mutate.ServiceView)) mutate.After {
	view := &mutate.ServiceView{
		Metadata: &mutate.MetadataView{Name: "web", Namespace: "shop"},
		Spec:     &mutate.ServiceSpecView{Type: corev1.ServiceTypeClusterIP, Selector: map[string]string{"app": "web"}},
	}
	for _, tweak := range tweaks {
		tweak(view)
	}
	return mutate.After{ServiceView: view}
}

func ofType(t corev1.ServiceType) func(*mutate.ServiceView) {
	return func(s *mutate.ServiceView) { s.Spec.Type = t }
}

func annotated(key, value string) func(*mutate.ServiceView) {
	return func(s *mutate.ServiceView) {
		if s.Metadata.Annotations == nil {
			s.Metadata.Annotations = map[string]string{}
		}
		s.Metadata.Annotations[key] = value
	}
}

func labelled(key, value string) func(*mutate.ServiceView) {
	return func(s *mutate.ServiceView) { s.Metadata.Labels = map[string]string{key: value} }
}

// lastCode returns the code of the decision about the whole object.
func lastCode(t *testing.T, r mutate.Result) mutate.Code {
	t.Helper()
	if len(r.Notes) == 0 {
		t.Fatal("got no note, want one for every decision")
	}
	return r.Notes[len(r.Notes)-1].Code
}

// TestServiceMatrix goes through every cell of type × cluster IPs × selector ×
// policy × families, on CREATE. Its expectation is the table of rows C1 to C8,
// written a second time and in another shape.
func TestServiceMatrix(t *testing.T) {
	single, prefer, require := corev1.IPFamilyPolicySingleStack, corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack
	types := []corev1.ServiceType{"", corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeExternalName, "Future"}
	clusterIPs := map[string][]string{"unset": nil, "None": {"None"}, "v4": {"10.96.0.9"}, "v4v6": {"10.96.0.9", "fd00:10:96::9"}}
	policies := map[string]*corev1.IPFamilyPolicy{"unset": nil, "SingleStack": &single, "Prefer": &prefer, "Require": &require}
	families := map[string][]corev1.IPFamily{"unset": nil, "v4": {"IPv4"}, "v6": {"IPv6"}, "v4v6": {"IPv4", "IPv6"}}

	for _, typ := range types {
		for ips, clusterIP := range clusterIPs {
			for policy, value := range policies {
				for family, list := range families {
					for _, selector := range []bool{true, false} {
						name := fmt.Sprintf("Type:%s_ClusterIPs:%s_Policy:%s_Families:%s_Selector:%t", typ, ips, policy, family, selector)
						t.Run(name, func(t *testing.T) {
							after := service(ofType(typ), func(s *mutate.ServiceView) {
								s.Spec.ClusterIPs, s.Spec.IPFamilyPolicy, s.Spec.IPFamilies = clusterIP, value, list
								if len(clusterIP) > 0 {
									s.Spec.ClusterIP = clusterIP[0]
								}
								if !selector {
									s.Spec.Selector = nil
								}
							})
							both := len(list) == 2 || len(clusterIP) == 2
							var want mutate.Code
							switch {
							case typ == "Future":
								want = mutate.CodeServiceType
							case typ == corev1.ServiceTypeExternalName: // C1
								want = mutate.CodeExternalName
							case policy == "SingleStack": // C7
								want = mutate.CodeExplicitSingleStack
							case policy != "unset": // C8
								want = mutate.CodeAlreadyDual
							case ips == "None" && !selector: // C2
								want = mutate.CodeHeadlessNoSelector
							case !both && (len(list) > 0 || ips == "v4"): // C3a
								want = mutate.CodeFamiliesChosen
							case typ == corev1.ServiceTypeLoadBalancer && !both: // C4, with the default setting
								want = mutate.CodeLoadBalancerOff
							default: // C3, C5, C6
								want = mutate.CodeServiceDualStack
							}
							got := mutate.Service(after, mutate.Before{}, applies)
							if code := lastCode(t, got); code != want {
								t.Errorf("Service() = %s, want %s", code, want)
							}
							if changed := got.Patch != nil; changed != (want == mutate.CodeServiceDualStack) {
								t.Errorf("Service() patch = %v, want one only with %s", got.Patch, mutate.CodeServiceDualStack)
							}
						})
					}
				}
			}
		}
	}
}

func TestServicePatch(t *testing.T) {
	const status = "ipFamilyPolicy=PreferDualStack"
	for _, tc := range []struct {
		name  string
		after mutate.After
		want  []string
	}{
		{"Annotations:none", service(), []string{
			`add /spec/ipFamilyPolicy "PreferDualStack"`,
			`add /metadata/annotations {"dualstack.dev/status":"` + status + `"}`,
		}},
		{"Annotations:some", service(annotated("a", "b")), []string{
			`add /spec/ipFamilyPolicy "PreferDualStack"`,
			`add /metadata/annotations/dualstack.dev~1status "` + status + `"`,
		}},
		{"Annotations:status", service(annotated(mutate.KeyStatus, status)), []string{
			`add /spec/ipFamilyPolicy "PreferDualStack"`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := operations(t, mutate.Service(tc.after, mutate.Before{}, applies))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServiceCluster(t *testing.T) {
	for state, want := range map[mutate.State]mutate.Code{
		mutate.Enabled:  mutate.CodeServiceDualStack,
		mutate.Unknown:  mutate.CodeServiceDualStack, // on one family the policy changes nothing
		mutate.Disabled: mutate.CodeClusterSingleStack,
	} {
		policy := applies
		policy.Facts.DualStack = state
		if got := lastCode(t, mutate.Service(service(), mutate.Before{}, policy)); got != want {
			t.Errorf("DualStack %s: Service() = %s, want %s", state, got, want)
		}
	}
}

// operations returns the patch as lines for eyes.
func operations(t *testing.T, r mutate.Result) []string {
	t.Helper()
	var out []string
	for _, op := range r.Patch {
		value, err := json.Marshal(op.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s %s", op.Operation, op.Path, value))
	}
	return out
}

func TestServiceRules(t *testing.T) {
	headless := func(s *mutate.ServiceView) { s.Spec.ClusterIP = corev1.ClusterIPNone }
	both := func(s *mutate.ServiceView) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv4", "IPv6"} }
	balancer := ofType(corev1.ServiceTypeLoadBalancer)
	with := func(change func(*mutate.Policy)) mutate.Policy {
		p := applies
		change(&p)
		return p
	}
	headlessOff := with(func(p *mutate.Policy) { p.Headless = false })
	balancersOn := with(func(p *mutate.Policy) { p.LoadBalancers = true })
	unknown := with(func(p *mutate.Policy) { p.Membership.Unknown = true })

	for _, tc := range []struct {
		name   string
		after  mutate.After
		policy mutate.Policy
		want   mutate.Code
	}{
		{"Mode:zero", service(), mutate.Policy{}, mutate.CodeOptedOut},
		{"Mode:off", service(), mutate.Policy{Mode: mutate.ModeOff}, mutate.CodeOptedOut},
		{"Label:off", service(labelled(mutate.KeyMode, "off")), applies, mutate.CodeOptedOut},
		{"Label:apply", service(labelled(mutate.KeyMode, "apply")), applies, mutate.CodeInvalidSetting},
		{"Name:default/kubernetes", service(func(s *mutate.ServiceView) { s.Metadata.Name, s.Metadata.Namespace = "kubernetes", "default" }), applies, mutate.CodeKubernetesService},
		{"Name:shop/kubernetes", service(func(s *mutate.ServiceView) { s.Metadata.Name = "kubernetes" }), applies, mutate.CodeServiceDualStack},
		{"Headless:clusterIPs-only", service(func(s *mutate.ServiceView) { s.Spec.ClusterIPs = []string{"None"}; s.Spec.Selector = nil }), applies, mutate.CodeHeadlessNoSelector},
		{"Headless:disabled", service(headless), headlessOff, mutate.CodeHeadlessOff},
		{"Headless:disabled_Families:both", service(headless, both), headlessOff, mutate.CodeServiceDualStack},
		{"Headless:disabled_Annotation:enabled", service(headless, annotated(mutate.KeyHeadless, "enabled")), headlessOff, mutate.CodeServiceDualStack},
		{"Headless:enabled_Annotation:disabled", service(headless, annotated(mutate.KeyHeadless, "disabled")), applies, mutate.CodeHeadlessOff},
		{"LoadBalancers:disabled", service(balancer), applies, mutate.CodeLoadBalancerOff},
		{"LoadBalancers:disabled_Annotation:enabled", service(balancer, annotated(mutate.KeyLoadBalancers, "enabled")), applies, mutate.CodeServiceDualStack},
		{"LoadBalancers:enabled", service(balancer), balancersOn, mutate.CodeServiceDualStack},
		{"LoadBalancers:enabled_Annotation:disabled", service(balancer, annotated(mutate.KeyLoadBalancers, "disabled")), balancersOn, mutate.CodeLoadBalancerOff},
		{"LoadBalancers:enabled_Annotation:nonsense", service(balancer, annotated(mutate.KeyLoadBalancers, "yes")), balancersOn, mutate.CodeInvalidSetting},
		{"LoadBalancers:disabled_Annotation:nonsense", service(balancer, annotated(mutate.KeyLoadBalancers, "yes")), applies, mutate.CodeLoadBalancerOff},
		{"Membership:unknown", service(), unknown, mutate.CodeNamespaceUnknown},
		{"Metadata:absent", mutate.After{ServiceView: &mutate.ServiceView{Spec: &mutate.ServiceSpecView{}}}, applies, mutate.CodeIncomplete},
		{"Spec:absent", mutate.After{ServiceView: &mutate.ServiceView{Metadata: &mutate.MetadataView{}}}, applies, mutate.CodeIncomplete},
		{"Object:absent", mutate.After{}, applies, mutate.CodeIncomplete},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := lastCode(t, mutate.Service(tc.after, mutate.Before{}, tc.policy)); got != tc.want {
				t.Errorf("Service() = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestServiceModes(t *testing.T) {
	for _, tc := range []struct {
		mode          mutate.Mode
		patch, report bool
	}{
		{mutate.ModeOff, false, false},
		{mutate.ModeReport, false, true},
		{mutate.ModePods, false, true},
		{mutate.ModeApply, true, false},
	} {
		t.Run("Mode:"+string(tc.mode), func(t *testing.T) {
			got := mutate.Service(service(), mutate.Before{}, mutate.Policy{Mode: tc.mode})
			if (got.Patch != nil) != tc.patch || got.Reported() != tc.report {
				t.Errorf("Service() patch = %v, reported = %t; want patch %t, reported %t", got.Patch, got.Reported(), tc.patch, tc.report)
			}
		})
	}
}

func TestServiceInvalidSettingIsNoted(t *testing.T) {
	after := service(annotated(mutate.KeyHeadless, "on"), labelled(mutate.KeyMode, "report"))
	want := []mutate.Note{
		{Code: mutate.CodeInvalidSetting, Path: "/metadata/annotations/dualstack.dev~1headless", Old: "on", New: "on"},
		{Code: mutate.CodeInvalidSetting, Path: "/metadata/labels/dualstack.dev~1mode", Old: "report", New: "report"},
	}
	got := mutate.Service(after, mutate.Before{}, applies).Notes
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
