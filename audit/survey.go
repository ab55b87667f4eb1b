package audit

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// A Survey gathers what there is to say about one namespace, object by object. It
// keeps none of them, so there may be any number; of Pods it keeps what Services
// are asked about, so they come first.
type Survey struct {
	namespace Namespace
	policy    mutate.Policy
	groups    map[group]*Entry
	backends  []Backend
	unread    []string
}

// group is what makes findings in several Pods of a workload one.
type group struct {
	level  Level
	object Object
	Finding
}

// NewSurvey returns a Survey of a namespace, in which the policy holds.
func NewSurvey(namespace metav1.ObjectMeta, policy mutate.Policy) *Survey {
	s := &Survey{
		namespace: Namespace{Name: namespace.Name, Mode: cmp.Or(policy.Mode, mutate.ModeOff)},
		policy:    policy,
		groups:    map[group]*Entry{},
	}
	if word, ok := namespace.Labels[mutate.KeyMode]; ok {
		s.checkLabel(word)
	}
	s.addUnknownMeshes()
	if mesh := s.policy.ReachedBy(); mesh != "" && s.Mode() != mutate.ModeOff {
		s.add(Info, s.object(), Finding{Code: Code(mutate.CodeMeshMayReach), Value: mesh})
	}
	return s
}

// checkLabel adds a finding if the mode is not the one that the label says.
func (s *Survey) checkLabel(word string) {
	path := patch.Path("/metadata/labels").Field(mutate.KeyMode)
	mode, err := mutate.ParseMode(word)
	switch {
	case err != nil:
		s.add(Blocked, s.object(), Finding{Code(mutate.CodeInvalidNamespace), path, word})
	case mode != s.Mode():
		s.add(Blocked, s.object(), Finding{CodeNamespaceExcluded, path, word})
	}
}

// object is the namespace itself.
func (s *Survey) object() Object { return Object{Kind: "Namespace", Name: s.namespace.Name} }

// addUnknownMeshes adds the control planes of Istio that the namespace asks for
// its sidecars, and that are not known.
func (s *Survey) addUnknownMeshes() {
	if s.Mode() == mutate.ModeOff || s.policy.Membership.None {
		return
	}
	for _, injection := range s.policy.Membership.Meshes {
		if injection.Mesh == "istio" && s.policy.Facts.Meshes[injection.Mesh].OfTag(injection.Revision) == mutate.Unknown {
			s.add(Blocked, s.object(), Finding{Code: CodeIstiodUnknown, Value: injection.Revision})
		}
	}
}

// Unread says that the objects of a kind may not be read. Of what depends on them
// nothing is said, and no next step is known to be safe.
func (s *Survey) Unread(kind string) { s.unread = append(s.unread, kind) }

// Mode returns that of the namespace.
func (s *Survey) Mode() mutate.Mode { return s.namespace.Mode }

// Advise adds advice about an object that is never changed. In a namespace that
// has not opted in there is none.
func (s *Survey) Advise(object Object, findings []Finding) {
	if s.Mode() == mutate.ModeOff {
		return
	}
	for _, f := range findings {
		s.add(Advice, object, f)
	}
}

// add adds a finding in an object, and in the Pods of it.
func (s *Survey) add(level Level, object Object, f Finding, pods ...string) {
	key := group{level, object, f}
	e, ok := s.groups[key]
	if !ok {
		e = &Entry{Level: level, Object: object, Finding: f}
		s.groups[key] = e
	}
	e.Pods = append(e.Pods, pods...)
}

// Controllers returns what controls Pods that there is something to say about,
// and may be controlled itself.
func (s *Survey) Controllers(kind string) []string {
	var names []string
	for key := range s.groups {
		if key.object.Kind == kind && key.object.Group == "" {
			names = append(names, key.object.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Namespace returns what was found, in no order, and the next steps.
func (s *Survey) Namespace(owners Owners) Namespace {
	merged := Survey{groups: map[group]*Entry{}}
	for key, e := range s.groups {
		merged.add(key.level, owners.of(key.object), key.Finding, e.Pods...)
	}
	found := s.namespace
	for _, e := range merged.groups {
		slices.Sort(e.Pods)
		found.Findings = append(found.Findings, *e)
	}
	if len(s.unread) == 0 {
		found.Next = next(found)
	}
	return found
}
