package audit

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// AddPod adds what becomes of a Pod if it is created again, and advice about it.
// One that has ended, or is about to, is nothing any more.
func (s *Survey) AddPod(pod *corev1.Pod) {
	if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return
	}
	s.namespace.Pods.Total++
	if backend, ok := NewBackend(pod, s.policy); ok && s.Mode() != mutate.ModeOff {
		s.backends = append(s.backends, backend)
	}
	object := controllerOfPod(pod)
	switch {
	case pod.Labels[mutate.KeyMode] == string(mutate.ModeOff):
		s.namespace.Pods.OptedOut++
	case s.Mode() == mutate.ModeOff:
		s.addLeftPod(pod, object)
	default:
		view := mutate.PodViewOf(pod)
		s.addDecision(mutate.Pod(view, s.policy), object, pod.Name)
		for _, f := range slices.Concat(Pod(view), PodSpec("/spec", pod, s.policy)) {
			s.add(Advice, object, f, pod.Name)
		}
	}
}

// addDecision adds what stands between a Pod and the settings that it would get.
// Its notes are about single fields, and whoever restarts it wants to hear it
// once.
func (s *Survey) addDecision(result mutate.Result, object Object, pod string) {
	var outdated, blocked bool
	for _, note := range result.Notes {
		switch note.Code.Kind() {
		case mutate.Change:
			outdated = true
		case mutate.Refuse:
			if isUnknownKey(note.Code) {
				s.add(Advice, object, Finding{Code: Code(note.Code), Path: note.Path}, pod)
				continue
			}
			blocked = true
			s.add(Blocked, object, Finding{Code(note.Code), note.Path, note.Old}, pod)
		case mutate.Leave:
		}
	}
	if outdated {
		s.namespace.Pods.Outdated++
		s.add(Todo, object, Finding{Code: CodePodOutdated}, pod)
	}
	if blocked {
		s.namespace.Pods.Blocked++
	}
}

// isUnknownKey reports whether a note is about a label or annotation of ours that
// says nothing, and so stands against nothing.
func isUnknownKey(code mutate.Code) bool {
	return code == mutate.CodeUnknownSetting || code == mutate.CodeUnknownNamespace
}

// addLeftPod adds a Pod that still has what it got from us.
func (s *Survey) addLeftPod(pod *corev1.Pod, object Object) {
	status := pod.Annotations[mutate.KeyStatus]
	if !strings.Contains(status, "=rewritten") && !strings.Contains(status, "=partial:") {
		return
	}
	s.namespace.Pods.Outdated++
	path := patch.Path("/metadata/annotations").Field(mutate.KeyStatus)
	s.add(Todo, object, Finding{CodePodLeft, path, status}, pod.Name)
}
