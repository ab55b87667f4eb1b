package audit

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// A Backend is what matters of a Pod to the Services that select it. The zero
// Backend is one that is ready, and that nothing stands against.
type Backend struct {
	Name   string
	Labels map[string]string
	// Unready says that the Pod is not ready, so no Service leads to it now.
	Unready bool
	// OneFamily says that the sidecar of a mesh captures one IP family, and leaves
	// the other around it.
	OneFamily bool
	// Against is why a Service in front of it must not become dual-stack; nil if
	// nothing is.
	Against Reason
}

// NewBackend returns what matters of a Pod in a namespace with the policy p. It
// reports false for a Pod that has ended, which no Service leads to.
//
// A sidecar is looked into whether or not its Pod, or the mode of its namespace,
// wants to be left alone: traffic reaches it all the same.
func NewBackend(pod *corev1.Pod, p mutate.Policy) (Backend, bool) {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return Backend{}, false
	}
	b := Backend{Name: pod.Name, Labels: pod.Labels, Unready: !isReady(pod)}
	view := mutate.PodViewOf(pod)
	notes := notesOf(view, p)
	b.OneFamily = capturesOneFamily(notes, p)
	switch {
	case !carriesSettings(notes, p):
		b.Against = CodePodsNotReady
	case mayBypassMesh(view, p):
		b.Against = mutate.CodeMeshNotDual
	case hasOneFamily(pod):
		b.Against = CodePodsOneFamily
	}
	return b, true
}

// isReady reports whether Services lead to the Pod, as EndpointSlices have it:
// k8s.io/endpointslice/utils.go, podToEndpoint.
func isReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// notesOf returns what would be said of the Pod as if neither it nor its namespace wanted
// to be left alone.
func notesOf(view *mutate.PodView, p mutate.Policy) []mutate.Note {
	asked := *view.Metadata
	asked.Labels = maps.Clone(asked.Labels)
	delete(asked.Labels, mutate.KeyMode)
	p.Mode = mutate.ModeReport
	return mutate.Pod(&mutate.PodView{Metadata: &asked, Spec: view.Spec}, p).Notes
}

// carriesSettings reports whether every sidecar that is known in the Pod was
// right already. One that leaves something of a list uncaptured is not; one of no mesh
// of which nothing is known stands in nobody's way.
func carriesSettings(notes []mutate.Note, p mutate.Policy) bool {
	return !slices.ContainsFunc(notes, func(n mutate.Note) bool {
		left := n.Code.Kind() == mutate.Leave && n.Part != "" && !p.Profiles.HasMesh(n.Part)
		return n.Code != mutate.CodeAlreadyDual && n.Code != mutate.CodeNoSidecar && !left && !isUnknownKey(n.Code)
	})
}

// uncaptured are the verdicts on the sidecar of a mesh by which it captures one family
// now, whatever may become of it. Of the others it captures both, or nobody knows.
var uncaptured = []mutate.Code{
	mutate.CodeSidecarRewritten, mutate.CodeSidecarSingleStack, mutate.CodeSidecarOff, mutate.CodeSwitchOff, mutate.CodeSettingKept,
	mutate.CodeSidecarVersion, mutate.CodePodSysctl, mutate.CodePodsNotDual, mutate.CodeMeshNotDual, mutate.CodeSidecarOverrides,
}

// capturesOneFamily reports whether that is so of a mesh's sidecar in the Pod.
func capturesOneFamily(notes []mutate.Note, p mutate.Policy) bool {
	return slices.ContainsFunc(notes, func(n mutate.Note) bool {
		return p.Profiles.HasMesh(n.Part) && slices.Contains(uncaptured, n.Code)
	})
}

// mayBypassMesh reports whether the Pod is of a mesh whose control plane is not
// known to be dual-stack: by its sidecar, or where no profile knows that, by what
// its labels and annotations ask for.
func mayBypassMesh(view *mutate.PodView, p mutate.Policy) bool {
	if p.Membership.None {
		return false
	}
	for _, state := range mutate.ControlPlanes(view, p) {
		if state != mutate.Enabled {
			return true
		}
	}
	p.Membership = mutate.Membership{} // Of its namespace the Service is asked.
	return slices.ContainsFunc(p.Meshes(view.Metadata), func(i mutate.Injection) bool {
		return !p.Profiles.Rewrites(i.Mesh) && !p.Facts.IsDual(i)
	})
}

// hasOneFamily reports whether the Pod has addresses, and all are of one family.
func hasOneFamily(pod *corev1.Pod) bool {
	var addresses []string
	for _, ip := range pod.Status.PodIPs {
		addresses = append(addresses, ip.IP)
	}
	return oneFamily(addresses)
}

// selectedBy returns the backends that a selector selects; none if it is empty.
func selectedBy(selector map[string]string, backends []Backend) []Backend {
	if len(selector) == 0 {
		return nil
	}
	var selected []Backend
	for _, b := range backends {
		if b.has(selector) {
			selected = append(selected, b)
		}
	}
	return selected
}

func (b Backend) has(labels map[string]string) bool {
	for key, value := range labels {
		if got, ok := b.Labels[key]; !ok || got != value {
			return false
		}
	}
	return true
}
