package audit

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// AddService adds what is to become of a Service: on the way to both families what
// an upgrade would make of it, and on the way back what a revert would. The Pods
// of its namespace come before.
func (s *Survey) AddService(service *corev1.Service) {
	if service.DeletionTimestamp != nil {
		return
	}
	s.namespace.Services.Total++
	if len(service.Spec.IPFamilies) > 1 {
		s.namespace.Services.DualStack++
	}
	object := Object{Kind: "Service", Name: service.Name}
	if s.Mode() == mutate.ModeOff {
		s.addPlan(object, Revert(service))
		return
	}
	if !slices.Contains(s.unread, "Pod") {
		s.addPlan(object, s.upgrade(service))
		s.addAroundMesh(object, service)
	}
	if service.Labels[mutate.KeyMode] != string(mutate.ModeOff) {
		s.Advise(object, Service(service))
	}
}

// addAroundMesh adds a Service that leads clients around the mesh: it has both families, and
// a sidecar behind it captures one. Who wants it to be left alone has looked.
func (s *Survey) addAroundMesh(object Object, service *corev1.Service) {
	if len(service.Spec.IPFamilies) < 2 || optsOut(service) {
		return
	}
	for _, b := range selectedBy(service.Spec.Selector, s.backends) {
		if b.OneFamily {
			s.add(Blocked, object, Finding{Code: CodeAroundMesh, Value: stackOf(service).String()}, b.Name)
		}
	}
}

// upgrade returns what an upgrade would do in the last mode of the path: that the
// namespace is not there yet is what its next step is about.
func (s *Survey) upgrade(service *corev1.Service) Plan {
	p := s.policy
	p.Mode = mutate.ModeApply
	return Upgrade(service, p, s.backends)
}

// addPlan adds a plan, unless the Service is as it is to be. What its author has
// chosen is there to know.
func (s *Survey) addPlan(object Object, plan Plan) {
	f := Finding{Code: codeOf(plan.Reason), Value: plan.From.String()}
	switch plan.Reason.Kind() {
	case mutate.Change:
		if to := plan.To.String(); to != f.Value {
			f.Value += " -> " + to
		}
		s.add(Todo, object, f)
	case mutate.Refuse:
		s.add(Blocked, object, f, plan.Pods...)
	case mutate.Leave:
		if s.Mode() != mutate.ModeOff && plan.Reason != mutate.CodeOptedOut && len(plan.From.Families) == 1 {
			s.add(Info, object, f)
		}
	}
	for _, note := range plan.Notes {
		if note.Code.Kind() == mutate.Refuse {
			s.add(Advice, object, Finding{Code(note.Code), note.Path, note.Old})
		}
	}
}

// codeOf returns the code of a reason.
func codeOf(reason Reason) Code {
	switch code := reason.(type) {
	case mutate.Code:
		return Code(code)
	case ServiceCode:
		return Code(code)
	default:
		return ""
	}
}
