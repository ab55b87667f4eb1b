package mutate_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
)

const (
	includeKey  = "traffic.sidecar.istio.io/includeOutboundIPRanges"
	excludeKey  = "traffic.sidecar.istio.io/excludeOutboundIPRanges"
	includePath = "/metadata/annotations/traffic.sidecar.istio.io~1includeOutboundIPRanges"
	excludePath = "/metadata/annotations/traffic.sidecar.istio.io~1excludeOutboundIPRanges"
)

// capturing is a container that sets up capture and has its flag already, so that
// nothing but its lists may change.
func capturing(name string, args ...string) mutate.ContainerView {
	c := container(name, dualStack("true"))
	c.Args = append([]string{"istio-iptables", "-p", "15001"}, args...)
	return c
}

func istioCIDRs() address.CIDRMap {
	return address.CIDRMap{netip.MustParsePrefix("10.96.0.0/12"): netip.MustParsePrefix("fd00:10:96::/112")}
}

func TestPodCapture(t *testing.T) {
	type list = []mutate.ContainerView
	const mapped, both = "10.96.0.0/12", "10.96.0.0/12,fd00:10:96::/112"
	partial := `add /metadata/annotations {"dualstack.dev/status":"istio=partial:capture-open"}`
	partialBeside := `add /metadata/annotations/dualstack.dev~1status "istio=partial:capture-open"`
	rewrittenBeside := `add /metadata/annotations/dualstack.dev~1status "istio=rewritten"`
	for _, tc := range []struct {
		name        string
		containers  list
		annotations meta
		want        []string
		notes       []mutate.Code
	}{
		{
			"Include:all",
			list{capturing("istio-init", "-i", "*", "-x", "")},
			nil,
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"Include:mapped_Annotation:absent",
			list{capturing("istio-init", "-i", mapped, "-x", "")},
			nil,
			[]string{
				`replace /spec/initContainers/0/args/4 "` + both + `"`,
				`add /metadata/annotations {"` + includeKey + `":"` + both + `"}`,
				rewrittenBeside,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended},
		},
		{
			"Include:mapped_Annotation:same",
			list{capturing("istio-init", "-i", mapped)},
			meta{includeKey: mapped},
			[]string{
				`replace /spec/initContainers/0/args/4 "` + both + `"`,
				`add ` + includePath + ` "` + both + `"`,
				rewrittenBeside,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended},
		},
		{
			"Include:both_Annotation:both",
			list{capturing("istio-init", "-i", both)},
			meta{includeKey: both},
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"Include:all-IPv4_Annotation:all-IPv4",
			list{capturing("istio-init", "-i", "0.0.0.0/0")},
			meta{includeKey: "0.0.0.0/0"},
			[]string{
				`replace /spec/initContainers/0/args/4 "0.0.0.0/0,::/0"`,
				`add ` + includePath + ` "0.0.0.0/0,::/0"`,
				rewrittenBeside,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended},
		},
		{
			"Include:empty",
			list{capturing("istio-init", "-i", "")},
			meta{includeKey: ""},
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"Include:unmapped",
			list{capturing("istio-init", "-i", "192.0.2.0/24")},
			nil,
			[]string{partial},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureOpen},
		},
		{
			"Include:mapped_Annotation:unmapped",
			list{capturing("istio-init", "-i", mapped)},
			meta{includeKey: "192.0.2.0/24"},
			[]string{partialBeside},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureOpen},
		},
		{
			"Include:mapped_Exclude:unmapped",
			list{capturing("istio-init", "-i", mapped, "-x", "192.0.2.1/32")},
			nil,
			[]string{
				`replace /spec/initContainers/0/args/4 "` + both + `"`,
				`add /metadata/annotations {"` + includeKey + `":"` + both + `"}`,
				partialBeside,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended, mutate.CodeCaptureOpen},
		},
		{
			"Exclude:mapped_Annotation:same",
			list{capturing("istio-init", "-i", "*", "-x", mapped)},
			meta{excludeKey: mapped},
			[]string{
				`replace /spec/initContainers/0/args/6 "` + both + `"`,
				`add ` + excludePath + ` "` + both + `"`,
				rewrittenBeside,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended},
		},
		{
			"Include:mapped_Form:equals",
			list{capturing("istio-init", "--istio-service-cidr="+mapped)},
			meta{includeKey: mapped},
			[]string{
				`replace /spec/initContainers/0/args/3 "--istio-service-cidr=` + both + `"`,
				`add ` + includePath + ` "` + both + `"`,
				rewrittenBeside,
			},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended},
		},
		{
			"Include:without-a-value",
			list{capturing("istio-init", "-i")},
			nil,
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"CNI:annotation",
			list{capturing("istio-validation", "--run-validation")},
			meta{includeKey: mapped},
			[]string{`add ` + includePath + ` "` + both + `"`, rewrittenBeside},
			[]mutate.Code{mutate.CodeAlreadyDual, mutate.CodeCaptureExtended},
		},
		{
			"Container:other",
			list{container("istio-proxy", dualStack("true")), capturing("init", "-i", mapped)},
			nil,
			nil,
			[]mutate.Code{mutate.CodeAlreadyDual},
		},
		{
			"Flag:absent",
			list{{Name: "istio-init", Args: []string{"-i", mapped}}},
			nil,
			[]string{
				`add /spec/initContainers/0/env [{"name":"ISTIO_DUAL_STACK","value":"true"}]`,
				`replace /spec/initContainers/0/args/1 "` + both + `"`,
				`add /metadata/annotations {"` + includeKey + `":"` + both + `"}`,
				rewrittenBeside,
			},
			[]mutate.Code{mutate.CodeSidecarRewritten, mutate.CodeCaptureExtended, mutate.CodeCaptureExtended},
		},
		{
			"Flag:false",
			list{{Name: "istio-init", Args: []string{"-i", mapped}, Env: []mutate.EnvVarView{dualStack("false")}}},
			nil,
			[]string{`add /metadata/annotations {"dualstack.dev/status":"istio=refused:setting-kept"}`},
			[]mutate.Code{mutate.CodeSettingKept},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pod(mutate.PodSpecView{InitContainers: tc.containers})
			p.Metadata.Annotations = tc.annotations
			policy := istioEnabled(t)
			policy.CIDRs = istioCIDRs()
			got := mutate.Pod(p, policy)
			if diff := cmp.Diff(tc.want, operations(t, got)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, codesOf(got)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPodCaptureMesh wants no more to be captured than istiod has listeners for,
// whatever the author has set already.
func TestPodCaptureMesh(t *testing.T) {
	policy := istioEnabled(t)
	policy.Facts = mutate.Facts{}
	got := mutate.Pod(pod(mutate.PodSpecView{InitContainers: []mutate.ContainerView{capturing("istio-init", "-i", "0.0.0.0/0")}}), policy)
	if diff := cmp.Diff([]mutate.Code{mutate.CodeMeshNotDual}, codesOf(got)); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
