package audit

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// mark is what the annotation dualstack.dev/status says is ours in a Service. The
// webhook writes one as a Service is created, and an upgrade writes one.
type mark struct {
	// policy is the ipFamilyPolicy that nobody else chose; "" if somebody did.
	policy corev1.IPFamilyPolicy
	// primary is the family that was put first as the Service was created.
	primary corev1.IPFamily
	// added is the family that was added to a Service that had one.
	added corev1.IPFamily
}

// The words of the annotation. The first two are those of mutate.Service.
const (
	markPolicy   = "ipFamilyPolicy="
	markPrimary  = "ipFamilies="
	markAdded    = "ipFamilies=+"
	markSplitter = ","
)

// parseMark returns false for a text that it does not understand all of, such as
// one of a later version.
func parseMark(text string) (m mark, ok bool) {
	policies := []string{string(corev1.IPFamilyPolicyPreferDualStack), string(corev1.IPFamilyPolicyRequireDualStack)}
	families := []string{string(corev1.IPv4Protocol), string(corev1.IPv6Protocol)}
	for word := range strings.SplitSeq(text, markSplitter) {
		if policy, found := strings.CutPrefix(word, markPolicy); found && slices.Contains(policies, policy) {
			m.policy = corev1.IPFamilyPolicy(policy)
		} else if added, found := strings.CutPrefix(word, markAdded); found && slices.Contains(families, added) {
			m.added = corev1.IPFamily(added)
		} else if primary, found := strings.CutPrefix(word, markPrimary); found && slices.Contains(families, primary) {
			m.primary = corev1.IPFamily(primary)
		} else {
			return mark{}, false
		}
	}
	return m, true
}

// String returns the mark as the annotation spells it.
func (m mark) String() string {
	var words []string
	for _, word := range []struct{ key, value string }{
		{markPolicy, string(m.policy)}, {markPrimary, string(m.primary)}, {markAdded, string(m.added)},
	} {
		if word.value != "" {
			words = append(words, word.key+word.value)
		}
	}
	return strings.Join(words, markSplitter)
}
