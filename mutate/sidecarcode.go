package mutate

import (
	"cmp"
	"slices"

	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// sidecarCase is what the rows of the table are asked about.
type sidecarCase struct {
	foundSidecar
	pod      *podCase
	settings []foundSetting
	// ranges are the lists of captured ranges that change.
	ranges []capturedRanges
}

// sidecarRow is a decision about a sidecar.
type sidecarRow struct {
	code  Code
	may   func(*sidecar.Profile) bool
	holds func(sidecarCase) bool
}

// sidecarRows are the reasons why a sidecar does not change; the first that holds
// counts. What the author wrote comes before what is known about the cluster, so that
// a sidecar that needs nothing is never refused. May says of which sidecars a row can
// hold, if none above it does.
var sidecarRows = []sidecarRow{
	{CodeSidecarSingleStack, isRefused, func(c sidecarCase) bool { return isRefused(c.profile) }},
	{CodeSidecarUnknown, mayBeUnknown, sidecarCase.isUnknown},
	{CodeAlreadyDual, isServing, sidecarCase.isDual},
	{CodeSidecarOff, hasSettings, func(c sidecarCase) bool { return c.profile.Off() }},
	{CodeSwitchOff, hasSwitch, func(c sidecarCase) bool { return hasSwitch(c.profile) }},
	{CodeSettingKept, isMesh, func(c sidecarCase) bool { return isMesh(c.profile) && c.some(settingKept) }},
	{CodeAddressKept, mayKeepAddress, func(c sidecarCase) bool { return c.some(settingKept) }},
	{CodeCaptureElsewhere, hasCapture, sidecarCase.isCapturedElsewhere},
	{CodeSidecarVersion, mayBeTooOld, sidecarCase.isTooOld},
	{CodeMirrorPod, mayChange, func(c sidecarCase) bool { return c.pod.mirror() }},
	{CodeHostNetwork, mayChange, func(c sidecarCase) bool { return c.refusesIPv6(CodeHostNetwork) }},
	{CodeWindows, mayChange, func(c sidecarCase) bool { return c.refusesIPv6(CodeWindows) }},
	{CodePodSysctl, mayNeedIPv6, func(c sidecarCase) bool { return c.refusesIPv6(CodePodSysctl) }},
	{CodePodsNotDual, mayNeedIPv6, func(c sidecarCase) bool { return c.refusesIPv6(CodePodsNotDual) }},
	{CodeMeshNotDual, mayChangeInMesh, func(c sidecarCase) bool {
		return isMesh(c.profile) && c.mesh(c.pod.Metadata, c.pod.annotations, c.pod.policy.Facts) != Enabled
	}},
	{CodeSidecarNotDual, mayWiden, sidecarCase.goesAroundMesh},
	{CodeSidecarOverrides, mayChange, func(c sidecarCase) bool { return c.pod.fragile }},
	{CodeSidecarRewritten, mayChange, func(sidecarCase) bool { return true }},
}

// code returns the first reason not to change the sidecar, or CodeSidecarRewritten.
func (c sidecarCase) code() Code {
	i := slices.IndexFunc(sidecarRows, func(row sidecarRow) bool { return row.holds(c) })
	return sidecarRows[i].code
}

func (c sidecarCase) some(state settingState) bool {
	return slices.ContainsFunc(c.settings, func(s foundSetting) bool { return s.state == state })
}

// all reports whether no setting is in a state but these.
func (c sidecarCase) all(states ...settingState) bool {
	return !slices.ContainsFunc(c.settings, func(s foundSetting) bool { return !slices.Contains(states, s.state) })
}

func (c sidecarCase) isDual() bool { return c.all(settingOn) && len(c.ranges) == 0 }

// isUnknown holds where nothing in the Pod stands against both families, and
// something that is not in it may. A part of a sidecar is never changed while it is
// not known what the rest does.
func (c sidecarCase) isUnknown() bool {
	switch {
	case c.profile.Outcome == sidecar.Recognised:
		return true
	case c.profile.Outcome == sidecar.OwnSwitch || c.isCapturedElsewhere():
		elsewhere := c.isCapturedElsewhere() || c.isSaidElsewhere(c.pod.Metadata)
		return c.all(settingOn, settingUnknown) && (c.some(settingUnknown) || elsewhere)
	}
	return c.some(settingUnknown) && c.all(settingOn, settingUnknown, settingChanged)
}

func (c sidecarCase) isCapturedElsewhere() bool {
	return c.profile.Capture != "" && !c.has(c.profile.Capture)
}

func (c sidecarCase) isTooOld() bool {
	return c.some(settingTooOld) || c.some(settingSingle) || !c.profile.Version.Reached(c.pod.Metadata.Annotations)
}

// refusesIPv6 reports whether code is the first reason why nothing in the Pod may be
// told to bind an IPv6 address, or, of a sidecar that starts without IPv6 too, anything
// to change.
func (c sidecarCase) refusesIPv6(code Code) bool {
	needsIPv6 := slices.ContainsFunc(c.settings, func(s foundSetting) bool {
		return s.state == settingChanged && s.rule.NeedsIPv6()
	})
	if needsIPv6 {
		return refuseIPv6(c.pod.PodView, c.pod.policy.Facts) == code
	}
	return refuseNetwork(c.pod.PodView) == code
}

// goesAroundMesh matters because a listener that IPv6 reaches past the mesh's proxy
// has neither its encryption nor its policies.
func (c sidecarCase) goesAroundMesh() bool {
	return c.pod.uncovered && slices.ContainsFunc(c.settings, func(s foundSetting) bool {
		return s.state == settingChanged && s.rule.Widens()
	})
}

// mesh returns whether the control plane of the sidecar is dual-stack.
func (s foundSidecar) mesh(m *MetadataView, a *sidecar.Annotations, facts Facts) State {
	mesh := facts.Meshes[s.profile.Name]
	if len(mesh.Revisions) == 0 && len(mesh.Tags) == 0 {
		return mesh.DualStack
	}
	if revision := s.profile.Revision.Injected(a); revision != "" {
		return mesh.OfRevision(revision)
	}
	return mesh.OfTag(s.profile.Revision.Asked(m.Labels, m.Annotations))
}

// losesOverrides reports whether a change, of whatever in the Pod, may cost the sidecar
// what the author of the Pod set in it: it does where injection is called again.
func (c *podCase) losesOverrides(s foundSidecar) bool {
	m := c.Metadata
	if !s.profile.Overrides.In(m.Annotations) {
		return false
	}
	revision := s.profile.Revision
	name := cmp.Or(revision.Injected(c.annotations), revision.Asked(m.Labels, m.Annotations))
	return c.policy.Facts.Meshes[s.profile.Name].InjectsOnceFor(name) != Enabled
}

// ControlPlanes returns what is known about the control plane of each mesh that has
// a sidecar in pod, by the name of its profile.
func ControlPlanes(pod *PodView, p Policy) map[string]State {
	known := map[string]State{}
	annotations := sidecar.NewAnnotations(pod.Metadata.Annotations)
	for _, s := range findSidecars(pod.Metadata, pod.Spec.all(), p.Profiles) {
		if s.profile.Mesh {
			known[s.profile.Name] = s.mesh(pod.Metadata, annotations, p.Facts)
		}
	}
	return known
}

// decide changes all containers of the sidecar or none, and returns the verdict.
func (s foundSidecar) decide(pod *podCase) verdict {
	ranges, open := s.capture(pod.Metadata, pod.policy.CIDRs)
	c := sidecarCase{foundSidecar: s, pod: pod, settings: s.settings(pod.annotations), ranges: ranges}
	v := verdict{name: s.profile.Name, code: c.code()}
	switch v.code {
	case CodeSidecarRewritten:
		c.rewrite()
	case CodeSettingKept, CodeAddressKept, CodeSwitchOff:
		c.noteSettings(v.code)
	default:
		c.note(Note{Code: v.code})
	}
	if len(open) > 0 && v.code.serves() {
		v.open = CodeCaptureOpen
		for _, place := range open {
			c.note(Note{Code: CodeCaptureOpen, Path: place.path, Old: place.old, New: place.old})
		}
	}
	return v
}

// note records a decision about the sidecar. What its profile says to do about it is
// better than what its code says.
func (c sidecarCase) note(n Note) {
	n.Part = c.profile.Name
	if n.Code.ofProfile() {
		n.Cure = c.profile.Cure
	}
	c.pod.note(n)
}

func (c sidecarCase) rewrite() {
	for _, s := range c.settings {
		if s.state == settingChanged {
			s.write(&c.pod.recorder)
			c.note(Note{Code: CodeSidecarRewritten, Path: s.path, Old: s.value, New: s.changed})
		} else {
			c.note(Note{Code: CodeAlreadyDual, Path: s.path, Old: s.value, New: s.value})
		}
	}
	for _, change := range c.ranges {
		change.write(&c.pod.recorder, c.pod.Metadata)
		c.note(Note{Code: CodeCaptureExtended, Path: change.path, Old: change.old, New: change.new})
	}
}

// noteSettings notes each setting that stands against the change, once where it
// stands for several containers.
func (c sidecarCase) noteSettings(code Code) {
	var last patch.Path
	for _, s := range c.settings {
		if stands := s.state == settingKept || code == CodeSwitchOff && s.state != settingOn; stands && s.path != last {
			c.note(Note{Code: code, Path: s.path, Old: s.value, New: s.value})
			last = s.path
		}
	}
}
