package test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
)

// The reasons are sentences of docs/policies.md.
const (
	noFacts    = "They do not know whether the cluster or its mesh is dual-stack."
	noSettings = "They do not know the webhook's configuration."
	onlyPrefer = "They know one policy, `PreferDualStack`, and no primary family."
	anyValue   = "services-check and pods-check do not look at such values: they speak of what stays as it is for one."
	anySize    = "They speak of an object that holds more than the webhook looks at, or has no room for what it writes."
	anyRange   = "Source ranges of both families are a reason to leave a LoadBalancer alone, which they are not to the webhook."
)

// shortOfWebhook names the fixtures of which the mutating policy does not make
// what the webhook makes, and why.
var shortOfWebhook = map[string]string{
	"service-cluster-single-stack":     noFacts,
	"service-istio-enabled":            noFacts,
	"service-linkerd-enabled":          noFacts,
	"service-istio-ambient-enabled":    noFacts,
	"service-headless-disabled":        noSettings,
	"service-loadbalancer-enabled":     noSettings,
	"service-loadbalancer-ranges-both": noSettings,

	"service-require":                   onlyPrefer,
	"service-require-annotation":        onlyPrefer,
	"service-primary-family":            onlyPrefer,
	"service-primary-family-annotation": onlyPrefer,
}

// shortAnnotated does the same where annotations say what the flags say.
var shortAnnotated = map[string]string{
	"service-loadbalancer-ranges-both": anyRange,
}

// unlikeWebhook names the fixtures of which the validating policies say
// something else than [fixture.checked] would have it, and why.
var unlikeWebhook = map[string]string{
	"service-headless-disabled":        noSettings,
	"service-loadbalancer-enabled":     noSettings,
	"service-loadbalancer-ranges-both": noSettings,

	"service-primary-family-annotation": onlyPrefer,

	"pod-over-limit":           anySize,
	"service-annotations-full": anySize,

	"pod-invalid-mode":                  anyValue,
	"pod-invalid-namespace-setting":     anyValue,
	"service-invalid-mode":              anyValue,
	"service-invalid-namespace-setting": anyValue,
	"service-invalid-policy":            anyValue,
	"service-invalid-setting":           anyValue,
}

// checkedCodes are the decisions of the webhook that the validating policies
// should speak of where no webhook runs: something should change, or should and
// cannot. Load balancers that nobody enabled are not among them, nor Pods about
// which nothing can be done.
var checkedCodes = []mutate.Code{
	mutate.CodeServiceDualStack,
	mutate.CodePrimaryFamily,
	mutate.CodeSidecarRewritten,
	mutate.CodeSettingKept,
	mutate.CodeSidecarOverrides,
	mutate.CodeMeshNotDual,
	mutate.CodeClusterSingleStack,
}

// annotateSettings gives the Namespace an annotation for each flag that has one,
// and reports whether there was any.
func (f *fixture) annotateSettings() bool {
	annotated := false
	for _, argument := range f.flags {
		flag, word, _ := strings.Cut(argument, "=")
		for suffix, key := range map[string]string{"headless": mutate.KeyHeadless, "load-balancers": mutate.KeyLoadBalancers} {
			if strings.HasSuffix(flag, suffix) {
				if f.namespace.Annotations == nil {
					f.namespace.Annotations = map[string]string{}
				}
				f.namespace.Annotations[key] = word
				annotated = true
			}
		}
	}
	return annotated
}

// checked reports whether the validating policies should complain about
// in.yaml. Of sidecars they know Istio's alone.
func (f *fixture) checked(t *testing.T) bool {
	t.Helper()
	modes := map[string][]mutate.Mode{
		"Pod":     {mutate.ModePods, mutate.ModeApply},
		"Service": {mutate.ModeApply},
	}
	mode := mutate.Mode(f.namespace.Labels[mutate.KeyMode])
	return slices.Contains(modes[f.kind(t)], mode) && slices.ContainsFunc(strings.Split(string(f.file("notes")), "\n"), func(note string) bool {
		words := append(strings.Fields(note), "", "")
		istio := f.kind(t) != "Pod" || words[1] == "istio"
		return istio && slices.Contains(checkedCodes, mutate.Code(words[0]))
	})
}

// changed reports whether the webhook changes in.yaml.
func (f *fixture) changed() bool {
	return slices.ContainsFunc(f.codes(), func(code string) bool { return mutate.Code(code).Kind() == mutate.Change })
}

// checkReasons wants every listed fixture to have been met, and every reason to
// be in the documentation.
func checkReasons(t *testing.T, reasons map[string]string, used map[string]bool) {
	t.Helper()
	documentation, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(documentation)), " ")
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		if !used[name] {
			t.Errorf("the list names %s: there is no such fixture, or it does agree", name)
		}
		if !strings.Contains(text, reasons[name]) {
			t.Errorf("docs/policies.md does not say: %s", reasons[name])
		}
	}
}
