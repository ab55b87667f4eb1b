package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

const (
	prefer  = corev1.IPFamilyPolicyPreferDualStack
	require = corev1.IPFamilyPolicyRequireDualStack
)

func withPolicy(policy corev1.IPFamilyPolicy) func(*mutate.ServiceView) {
	return func(s *mutate.ServiceView) { s.Spec.IPFamilyPolicy = &policy }
}

func withClusterIP(ip string) func(*mutate.ServiceView) {
	return func(s *mutate.ServiceView) { s.Spec.ClusterIP = ip }
}

// TestServiceSettings goes through what services.policy and
// services.primaryFamily come to, by what is known about the cluster.
func TestServiceSettings(t *testing.T) {
	v4 := func(s *mutate.ServiceView) { s.Spec.IPFamilies = []corev1.IPFamily{"IPv4"} }
	const (
		writesPrefer  = `add /spec/ipFamilyPolicy "PreferDualStack"`
		writesRequire = `add /spec/ipFamilyPolicy "RequireDualStack"`
		writesIPv6    = `add /spec/ipFamilies ["IPv6"]`
	)
	status := func(text string) string { return `add /metadata/annotations {"dualstack.dev/status":"` + text + `"}` }
	preferred, required := status("ipFamilyPolicy=PreferDualStack"), status("ipFamilyPolicy=RequireDualStack")

	for _, tc := range []struct {
		name    string
		policy  corev1.IPFamilyPolicy
		primary corev1.IPFamily
		cluster mutate.State
		after   mutate.After
		want    []string
	}{
		{"Policy:unset_Cluster:enabled", "", "", mutate.Enabled, service(), []string{writesPrefer, preferred}},
		{"Policy:prefer_Cluster:enabled", prefer, "", mutate.Enabled, service(), []string{writesPrefer, preferred}},
		{"Policy:require_Cluster:enabled", require, "", mutate.Enabled, service(), []string{writesRequire, required}},
		{"Policy:require_Cluster:unknown", require, "", mutate.Unknown, service(), []string{writesPrefer, preferred}},
		{"Policy:require_Cluster:disabled", require, "", mutate.Disabled, service(), nil},
		{"Policy:annotation_Cluster:enabled", "", "", mutate.Enabled, service(annotated(mutate.KeyPolicy, "RequireDualStack"), annotated(mutate.KeyStatus, "ipFamilyPolicy=RequireDualStack")), []string{writesRequire}},
		{"Primary:v6_Cluster:enabled", "", "IPv6", mutate.Enabled, service(), []string{writesPrefer, writesIPv6, status("ipFamilyPolicy=PreferDualStack,ipFamilies=IPv6")}},
		{"Primary:v6_Policy:require_Cluster:enabled", require, "IPv6", mutate.Enabled, service(), []string{writesRequire, writesIPv6, status("ipFamilyPolicy=RequireDualStack,ipFamilies=IPv6")}},
		{"Primary:v6_Cluster:unknown", "", "IPv6", mutate.Unknown, service(), []string{writesPrefer, preferred}},
		{"Primary:v6_Cluster:disabled", "", "IPv6", mutate.Disabled, service(), nil},
		{"Primary:v6_Cluster:enabled_Families:v4", "", "IPv6", mutate.Enabled, service(v4), nil},
		{"Primary:v6_Cluster:enabled_ClusterIP:v4", "", "IPv6", mutate.Enabled, service(withClusterIP("10.96.0.9")), []string{writesPrefer, preferred}},
		{"Primary:v6_Cluster:enabled_ClusterIP:None", "", "IPv6", mutate.Enabled, service(withClusterIP("None")), []string{writesPrefer, preferred}},
		{"Primary:v6_Cluster:enabled_Author:prefer", "", "IPv6", mutate.Enabled, service(withPolicy(prefer)), []string{writesIPv6, status("ipFamilies=IPv6")}},
		{"Primary:v6_Cluster:enabled_Author:require", "", "IPv6", mutate.Enabled, service(withPolicy(require)), []string{writesIPv6, status("ipFamilies=IPv6")}},
		{"Primary:v6_Cluster:unknown_Author:prefer", "", "IPv6", mutate.Unknown, service(withPolicy(prefer)), nil},
		{"Primary:v6_Cluster:enabled_Author:prefer_Families:v4", "", "IPv6", mutate.Enabled, service(withPolicy(prefer), v4), nil},
		{"Primary:v6_Cluster:enabled_Author:single", "", "IPv6", mutate.Enabled, service(withPolicy("SingleStack")), nil},
		{"Primary:v6_Cluster:enabled_Author:prefer_Type:LoadBalancer", "", "IPv6", mutate.Enabled, service(withPolicy(prefer), ofType("LoadBalancer")), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			policy := applies
			policy.FamilyPolicy, policy.PrimaryFamily, policy.Facts.DualStack = tc.policy, tc.primary, tc.cluster
			got := operations(t, mutate.Service(tc.after, mutate.Before{}, policy))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServiceUpdate holds that an update changes nothing but what has never had
// a policy.
func TestServiceUpdate(t *testing.T) {
	name := ofType(corev1.ServiceTypeExternalName)
	deleted := func(s *mutate.ServiceView) { s.Metadata.DeletionTimestamp = "2026-01-01T00:00:00Z" }
	for _, tc := range []struct {
		name          string
		before, after mutate.After
		want          mutate.Code
	}{
		{"From:ClusterIP_To:ClusterIP", service(), service(), mutate.CodeUpdate},
		{"From:ClusterIP_To:ExternalName", service(), service(name), mutate.CodeUpdate},
		{"From:ExternalName_To:ExternalName", service(name), service(name), mutate.CodeExternalName},
		{"From:ExternalName_To:ClusterIP", service(name), service(), mutate.CodeServiceDualStack},
		{"From:ExternalName_To:LoadBalancer", service(name), service(ofType("LoadBalancer")), mutate.CodeLoadBalancerOff},
		{"From:ExternalName_To:ClusterIP_Policy:single", service(name), service(withPolicy("SingleStack")), mutate.CodeExplicitSingleStack},
		{"From:ExternalName_To:headless-no-selector", service(name), service(withClusterIP("None"), func(s *mutate.ServiceView) { s.Spec.Selector = nil }), mutate.CodeHeadlessNoSelector},
		{"From:ExternalName_To:ClusterIP_Deleting", service(name), service(deleted), mutate.CodeDeleting},
		{"From:unreadable_To:ClusterIP", mutate.After{ServiceView: &mutate.ServiceView{}}, service(), mutate.CodeUpdate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := mutate.Service(tc.after, mutate.Before(tc.before), applies)
			if code := lastCode(t, got); code != tc.want {
				t.Errorf("Service() = %s, want %s", code, tc.want)
			}
			if changed := got.Patch != nil; changed != (tc.want.Kind() == mutate.Change) {
				t.Errorf("Service() patch = %v with %s", got.Patch, tc.want)
			}
		})
	}
}

// TestServiceExternalIPs holds that the change is made and the rest is said.
func TestServiceExternalIPs(t *testing.T) {
	with := func(ips ...string) func(*mutate.ServiceView) {
		return func(s *mutate.ServiceView) { s.Spec.ExternalIPs = ips }
	}
	note := mutate.Note{Code: mutate.CodeExternalIPs, Path: "/spec/externalIPs"}
	change := mutate.Note{Code: mutate.CodeServiceDualStack, Path: "/spec/ipFamilyPolicy", New: "PreferDualStack"}
	for _, tc := range []struct {
		name  string
		after mutate.After
		want  []mutate.Note
	}{
		{"ExternalIPs:v4", service(with("192.0.2.1")), []mutate.Note{note, change}},
		{"ExternalIPs:v6", service(with("2001:db8::1")), []mutate.Note{note, change}},
		{"ExternalIPs:both", service(with("192.0.2.1", "2001:db8::1")), []mutate.Note{change}},
		{"ExternalIPs:v4_Policy:single", service(with("192.0.2.1"), withPolicy("SingleStack")), []mutate.Note{{Code: mutate.CodeExplicitSingleStack}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := mutate.Service(tc.after, mutate.Before{}, applies)
			if diff := cmp.Diff(tc.want, got.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServiceRowsAreATable checks what the documentation relies on.
func TestServiceRowsAreATable(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range mutate.ServiceRows() {
		if seen[row.ID] {
			t.Errorf("two rows are called %s", row.ID)
		}
		seen[row.ID] = true
		if changes := row.Code.Kind() == mutate.Change; changes != (len(row.Writes) > 0) {
			t.Errorf("row %s writes %v, with the code %s", row.ID, row.Writes, row.Code)
		}
		if row.When == "" || row.Code.Sentence() == "" {
			t.Errorf("row %s does not say when, or its code is not known", row.ID)
		}
	}
}
