package istio

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// flag is the variable with which Istio turns dual-stack on.
const flag = "ISTIO_DUAL_STACK"

// outcome is what becomes of a Pod.
type outcome struct {
	pod *corev1.Pod // nil for one that is refused
	err error
}

// checkNever holds what becomes of a Pod with us against what becomes of it
// without us:
//
//   - what Istio and the API server accept without us they accept with us;
//   - but for our annotation, variables of Istio's containers that had none of that
//     name, and ranges of IPv6 in lists that had none, the Pods are the same,
//     Istio's annotations among all the rest;
//   - no variable is there twice, or has both a value and a place to take it from.
func checkNever(t *testing.T, without, with outcome) {
	t.Helper()
	if without.err == nil && with.err != nil {
		t.Fatalf("accepted without us, and with us: %v", with.err)
	}
	if with.err != nil {
		return
	}
	for _, c := range containers(with.pod) {
		checkVariables(t, c)
	}
	if diff := cmp.Diff(without.pod, undo(with.pod, without.pod), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("more than what is ours has changed (-without us, +with us):\n%s", diff)
	}
}

func checkVariables(t *testing.T, c *corev1.Container) {
	t.Helper()
	seen := map[string]bool{}
	for _, v := range c.Env {
		if seen[v.Name] {
			t.Errorf("container %s has the variable %s twice", c.Name, v.Name)
		}
		if v.Value != "" && v.ValueFrom != nil {
			t.Errorf("container %s: variable %s has value and valueFrom", c.Name, v.Name)
		}
		seen[v.Name] = true
	}
}

// undo returns the Pod without what we may have added to it.
func undo(pod, without *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	delete(pod.Annotations, mutate.KeyStatus)
	undoLists(pod, without)
	for _, c := range containers(pod) {
		before := find(without, c.Name)
		if !isIstio(c.Name) || before == nil || variable(before, flag) != nil {
			continue
		}
		for i, v := range c.Env {
			if v == (corev1.EnvVar{Name: flag, Value: "true"}) {
				c.Env = append(c.Env[:i:i], c.Env[i+1:]...)
				break
			}
		}
	}
	return pod
}

// lists are the arguments that hold lists of ranges, with the annotations that
// injection makes them of.
var lists = map[string]string{
	"-i": "traffic.sidecar.istio.io/includeOutboundIPRanges",
	"-x": "traffic.sidecar.istio.io/excludeOutboundIPRanges",
}

// undoLists takes back what was added to lists of ranges.
func undoLists(pod, without *corev1.Pod) {
	for argument, key := range lists {
		var list string // what the argument has with us
		for _, c := range containers(pod) {
			before := find(without, c.Name)
			at := slices.Index(c.Args, argument) + 1
			if at == 0 || !isIstio(c.Name) || before == nil || at >= len(before.Args) {
				continue
			}
			if list = c.Args[at]; extends(list, before.Args[at]) {
				c.Args[at] = before.Args[at]
			}
		}
		before, ok := without.Annotations[key]
		switch got := pod.Annotations[key]; {
		case ok && extends(got, before):
			pod.Annotations[key] = before
		case !ok && got != "" && got == list:
			delete(pod.Annotations, key)
		}
	}
}

// extends reports whether list is before, with ranges of IPv6 after it.
func extends(list, before string) bool {
	added, ok := strings.CutPrefix(list, before+",")
	if !ok || before == "" {
		return false
	}
	for text := range strings.SplitSeq(added, ",") {
		if prefix, err := netip.ParsePrefix(text); err != nil || !prefix.Addr().Is6() {
			return false
		}
	}
	return true
}

// variable returns the container's variable with this name; nil if there is none.
func variable(c *corev1.Container, name string) *corev1.EnvVar {
	for i := range c.Env {
		if c.Env[i].Name == name {
			return &c.Env[i]
		}
	}
	return nil
}

// flags says what each of Istio's containers holds, for reports.
func flags(pod *corev1.Pod) string {
	var words []string
	for _, c := range containers(pod) {
		if isIstio(c.Name) {
			words = append(words, fmt.Sprintf("%s=%v", c.Name, variable(c, flag)))
		}
	}
	return strings.Join(words, " ")
}

// moved returns a Pod as it would be in another namespace, and as somebody would
// create it again.
func moved(t *testing.T, pod *corev1.Pod, namespace string) *corev1.Pod {
	t.Helper()
	data, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if pod.Namespace != "" {
		text = strings.ReplaceAll(text, pod.Namespace, namespace)
	}
	out := &corev1.Pod{}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		t.Fatal(err)
	}
	out.Namespace, out.UID, out.ManagedFields = namespace, "", nil
	out.CreationTimestamp = metav1.Time{}
	return out
}
