package mutate

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// Pod returns what must change in pod, which is about to be created, for its
// sidecars to serve both IP families.
func Pod(pod *PodView, p Policy) Result {
	if pod == nil || pod.Metadata == nil || pod.Spec == nil {
		return Result{Notes: []Note{{Code: CodeIncomplete}}}
	}
	if p.Mode.off() || pod.Metadata.optedOut() {
		return Result{Notes: []Note{{Code: CodeOptedOut}}}
	}
	p, invalid := p.ofPod(pod.Metadata)
	c := podCase{PodView: pod, policy: p, recorder: recorder{notes: invalid}, fragile: pod.mirror()}
	for _, step := range podSteps {
		step(&c)
	}
	if len(c.verdicts) == 0 {
		c.note(Note{Code: CodeNoSidecar})
	}
	c.writeStatus()
	return c.result(p.Mode.changesPods())
}

// podSteps are what is looked at in a Pod, in this order. A step records what it
// changes, and leaves its verdicts for those after it.
var podSteps = []func(*podCase){(*podCase).sidecars, (*podCase).servers, (*podCase).noProxy}

// podCase is a Pod while it is decided about.
type podCase struct {
	recorder
	*PodView
	policy   Policy
	verdicts []verdict
	// uncovered says that a sidecar stays as it is, so that what else becomes
	// reachable would be reached around it.
	uncovered bool
	// fragile says that a patch that only says what was refused would do harm.
	fragile bool
}

// sidecars looks for each sidecar that is known.
func (c *podCase) sidecars() {
	for _, profile := range c.policy.Profiles {
		if s := findSidecar(c.Spec, profile); len(s.containers) > 0 {
			v := s.decide(&c.recorder, c.PodView, c.policy)
			c.verdicts = append(c.verdicts, v)
			c.uncovered = c.uncovered || v.code.Kind() == Refuse
			c.fragile = c.fragile || s.losesOverrides(c.Metadata, c.policy.Facts)
		}
	}
}

// writeStatus says in the Pod what was decided, where that does no harm.
func (c *podCase) writeStatus() {
	if c.patch.Operations() != nil || !c.fragile {
		c.status(c.Metadata, podStatus(c.verdicts, c.Metadata.Annotations[KeyStatus]))
	}
}

// foundSidecar is a profile with its containers in one Pod.
type foundSidecar struct {
	profile    sidecar.Profile
	containers []foundContainer
}

// findSidecar looks in both lists: where native sidecars are on, a proxy is an
// init container.
func findSidecar(spec *PodSpecView, profile sidecar.Profile) foundSidecar {
	found := foundSidecar{profile: profile}
	for _, c := range spec.all() {
		if profile.Has(c.Name) {
			found.containers = append(found.containers, c)
		}
	}
	return found
}

// decide changes all containers of the sidecar or none, and returns the
// verdict.
func (s foundSidecar) decide(r *recorder, pod *PodView, p Policy) verdict {
	settings := s.settings(pod.Metadata)
	changes, open := s.capture(pod.Metadata, p.CIDRs)
	code := s.code(settings, changes, pod, p.Facts)
	v := verdict{name: s.profile.Name, code: code}
	switch code {
	case CodeSidecarRewritten:
		s.rewrite(r, settings)
		s.extend(r, changes, pod.Metadata)
	case CodeSettingKept:
		s.noteKept(r, settings)
	default:
		r.note(Note{Code: code, Profile: s.profile.Name})
	}
	if len(open) > 0 && (code == CodeSidecarRewritten || code == CodeAlreadyDual) {
		v.open = CodeCaptureOpen
		s.noteOpen(r, open)
	}
	return v
}

// code returns the first reason not to change the sidecar, or
// CodeSidecarRewritten. What the author wrote comes before what is known about
// the cluster, so that a sidecar that needs nothing is never refused.
func (s foundSidecar) code(settings []foundSetting, changes []capturedRanges, pod *PodView, facts Facts) Code {
	switch {
	case every(settings, settingOn) && len(changes) == 0:
		return CodeAlreadyDual
	case some(settings, settingOther):
		return CodeSettingKept
	case pod.mirror():
		return CodeMirrorPod
	case pod.Spec.HostNetwork:
		return CodeHostNetwork
	case pod.Spec.OS != nil && pod.Spec.OS.Name == corev1.Windows:
		return CodeWindows
	case s.mesh(pod.Metadata, facts) != Enabled:
		return CodeMeshNotDual
	case s.losesOverrides(pod.Metadata, facts):
		return CodeSidecarOverrides
	default:
		return CodeSidecarRewritten
	}
}

// mesh returns whether the control plane of the sidecar is dual-stack.
func (s foundSidecar) mesh(m *MetadataView, facts Facts) State {
	mesh := facts.Meshes[s.profile.Name]
	if len(mesh.Revisions) == 0 && len(mesh.Tags) == 0 {
		return mesh.DualStack
	}
	if revision := s.profile.Revision.Injected(m.Annotations); revision != "" {
		return mesh.OfRevision(revision)
	}
	return mesh.OfTag(s.profile.Revision.Asked(m.Labels, m.Annotations))
}

// losesOverrides reports whether a change may cost the sidecar what the author of
// the Pod set in it: it does where injection is called again.
func (s foundSidecar) losesOverrides(m *MetadataView, facts Facts) bool {
	if !s.profile.Overrides.In(m.Annotations) {
		return false
	}
	revision := s.profile.Revision
	name := cmp.Or(revision.Injected(m.Annotations), revision.Asked(m.Labels, m.Annotations))
	return facts.Meshes[s.profile.Name].InjectsOnceFor(name) != Enabled
}

// ControlPlanes returns what is known about the control plane of each sidecar in
// pod, by the name of its profile.
func ControlPlanes(pod *PodView, p Policy) map[string]State {
	known := map[string]State{}
	for _, profile := range p.Profiles {
		if s := findSidecar(pod.Spec, profile); len(s.containers) > 0 {
			known[profile.Name] = s.mesh(pod.Metadata, p.Facts)
		}
	}
	return known
}

func (s foundSidecar) rewrite(r *recorder, settings []foundSetting) {
	for _, setting := range settings {
		if setting.state == settingOn {
			r.note(Note{Code: CodeAlreadyDual, Path: setting.path, Profile: s.profile.Name, Old: setting.value, New: setting.value})
			continue
		}
		env := setting.container.path.Field("env")
		r.patch.Append(env, setting.index, corev1.EnvVar{Name: setting.env.Name, Value: setting.env.Value})
		r.note(Note{Code: CodeSidecarRewritten, Path: setting.path, Profile: s.profile.Name, New: setting.env.Value})
	}
}

func (s foundSidecar) extend(r *recorder, changes []capturedRanges, m *MetadataView) {
	for _, change := range changes {
		change.write(r, m)
		r.note(Note{Code: CodeCaptureExtended, Path: change.path, Profile: s.profile.Name, Old: change.old, New: change.new})
	}
}

func (s foundSidecar) noteOpen(r *recorder, open []capturedRanges) {
	for _, place := range open {
		r.note(Note{Code: CodeCaptureOpen, Path: place.path, Profile: s.profile.Name, Old: place.old, New: place.old})
	}
}

// noteKept notes each setting that has another value, once where it stands for
// several containers.
func (s foundSidecar) noteKept(r *recorder, settings []foundSetting) {
	var last patch.Path
	for _, setting := range settings {
		if setting.state == settingOther && setting.path != last {
			r.note(Note{Code: CodeSettingKept, Path: setting.path, Profile: s.profile.Name, Old: setting.value, New: setting.value})
			last = setting.path
		}
	}
}

// mirror reports whether the Pod stands for a static Pod, which only the
// kubelet may change:
// https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/
func (p *PodView) mirror() bool {
	_, ok := p.Metadata.Annotations[keyMirror]
	return ok
}
