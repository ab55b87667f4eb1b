package mutate

import (
	"cmp"
	"slices"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// foundSidecar is a profile with its containers in one Pod.
type foundSidecar struct {
	profile    *sidecar.Profile
	containers []foundContainer
}

// findSidecars returns the sidecars of the Pod, in the order of their profiles. It
// looks in both lists: where native sidecars are on, a proxy is an init container.
func findSidecars(m *MetadataView, containers []foundContainer, profiles sidecar.Set) []foundSidecar {
	var found []foundSidecar
	for _, container := range containers {
		for _, profile := range profiles.Of(container.Name) {
			found = addContainer(found, profile, container)
		}
	}
	found = slices.DeleteFunc(found, func(s foundSidecar) bool { return !s.isHere(m) })
	slices.SortFunc(found, func(a, b foundSidecar) int { return cmp.Compare(a.profile.Rank(), b.profile.Rank()) })
	return found
}

func addContainer(found []foundSidecar, profile *sidecar.Profile, container foundContainer) []foundSidecar {
	i := slices.IndexFunc(found, func(s foundSidecar) bool { return s.profile == profile })
	if i < 0 {
		i = len(found)
		found = append(found, foundSidecar{profile: profile})
	}
	found[i].containers = append(found[i].containers, container)
	return found
}

// isHere reports whether the containers are the sidecar's, and not others of the
// same names.
func (s foundSidecar) isHere(m *MetadataView) bool { return s.in(s.profile.Where, m) }

// isSaidElsewhere reports whether something that is not in the Pod has the last word
// about the sidecar's switch.
func (s foundSidecar) isSaidElsewhere(m *MetadataView) bool {
	return !s.profile.Elsewhere.IsZero() && s.in(s.profile.Elsewhere, m)
}

func (s foundSidecar) in(w sidecar.Where, m *MetadataView) bool {
	return w.In(m.Annotations, m.Labels, func(name string) bool {
		return slices.ContainsFunc(s.containers, func(c foundContainer) bool {
			return slices.ContainsFunc(c.Env, func(v EnvVarView) bool { return v.Name == name })
		})
	})
}

// has reports whether the Pod has the container.
func (s foundSidecar) has(container string) bool {
	return slices.ContainsFunc(s.containers, func(c foundContainer) bool { return c.Name == container })
}
