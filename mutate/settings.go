package mutate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// An override is an annotation that a Namespace and an object may carry. Set reports
// whether it knows the word.
type override struct {
	key string
	set func(p *Policy, word string) bool
}

var overrides = []override{
	{KeyHeadless, func(p *Policy, word string) bool { return setToggle(&p.Headless, word) }},
	{KeyNoProxy, func(p *Policy, word string) bool { return setToggle(&p.NoProxy, word) }},
	{KeyLoadBalancers, func(p *Policy, word string) bool { return setToggle(&p.LoadBalancers, word) }},
	{KeyPolicy, func(p *Policy, word string) bool {
		return setWord(&p.FamilyPolicy, word, corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack)
	}},
	{KeyPrimaryFamily, func(p *Policy, word string) bool {
		return setWord(&p.PrimaryFamily, word, corev1.IPv4Protocol, corev1.IPv6Protocol)
	}},
}

func setToggle(toggle *bool, word string) bool {
	state, err := ParseState(word)
	if err != nil || state == Unknown {
		return false
	}
	*toggle = state == Enabled
	return true
}

func setWord[W ~string](setting *W, word string, known ...W) bool {
	if !slices.Contains(known, W(word)) {
		return false
	}
	*setting = W(word)
	return true
}

// The annotations of ours that a Namespace or an object may carry beside the
// overrides. Those of the other's have no meaning there.
var (
	namespaceKeys = []string{KeyMesh, KeyServers} // of the second the value is none that is known
	objectKeys    = []string{KeyServers, KeyStatus}
)

const (
	pathLabels      patch.Path = "/metadata/labels"
	pathAnnotations patch.Path = "/metadata/annotations"
)

// override returns p with what annotations set. The notes about words that are not
// known have the code.
func (p Policy) with(annotations map[string]string, invalid Code) Policy {
	for _, override := range overrides {
		if word, ok := annotations[override.key]; ok && !override.set(&p, word) {
			p = p.reject(invalid, pathAnnotations.Field(override.key), word)
		}
	}
	return p
}

// reject notes a setting whose value is not known. It clips, because copies of p may
// share the list.
func (p Policy) reject(code Code, path patch.Path, value string) Policy {
	p.invalid = append(slices.Clip(p.invalid), Note{Code: code, Path: path, Old: value, New: value})
	return p
}

// warn notes the labels and annotations of ours that are none: the one label is the
// mode. What they say is not noted, since nothing is known about it.
func (p Policy) warn(code Code, labels, annotations map[string]string, others []string) Policy {
	isSetting := func(key string) bool {
		return slices.Contains(others, key) || slices.ContainsFunc(overrides, func(o override) bool { return o.key == key })
	}
	found := slices.Concat(
		unknownKeys(code, pathLabels, labels, func(key string) bool { return key == KeyMode }),
		unknownKeys(code, pathAnnotations, annotations, isSetting),
	)
	if len(found) > 0 {
		p.unknown = slices.Concat(p.unknown, found)
	}
	return p
}

// unknownKeys returns a note for each key of ours that is not known, in their order.
func unknownKeys(code Code, path patch.Path, from map[string]string, known func(key string) bool) []Note {
	var keys []string
	for key := range from {
		if strings.HasPrefix(key, keyPrefix) && !known(key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var notes []Note
	for _, key := range keys {
		notes = append(notes, Note{Code: code, Path: path.Field(key)})
	}
	return notes
}

// notes returns those about settings, the Namespace's first.
func (p Policy) notes() []Note { return slices.Concat(p.unknown, p.invalid) }

// rejects reports whether a setting with the code has a value that is not known. What
// its author wants is not known either, so the object stays as it is.
func (p Policy) rejects(code Code) bool {
	return slices.ContainsFunc(p.invalid, func(n Note) bool { return n.Code == code })
}
