package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// capturedRanges is a list of ranges at one place: an argument of a container, or
// an annotation of the Pod.
type capturedRanges struct {
	path       patch.Path
	annotation string // its key; empty for an argument
	prefix     string // what stands before the list in an argument
	old, new   string
}

// capture returns where lists of captured ranges change, and where they stay
// although an IPv4 range in them has no IPv6 one. A list changes at all of its
// places or at none.
func (s foundSidecar) capture(m *MetadataView, cidrs address.CIDRMap) (changes, open []capturedRanges) {
	for _, list := range s.profile.CIDRLists {
		places := s.places(list, m)
		missing := slices.IndexFunc(places, func(place capturedRanges) bool {
			_, ok := cidrs.Extend(place.old)
			return !ok
		})
		if missing >= 0 {
			open = append(open, places[missing])
			continue
		}
		changes = append(changes, extended(places, list, m, cidrs)...)
	}
	return changes, open
}

// places returns where the list stands.
func (s foundSidecar) places(list sidecar.CIDRList, m *MetadataView) []capturedRanges {
	var places []capturedRanges
	for _, c := range s.containers {
		if !slices.Contains(list.Containers, c.Name) {
			continue
		}
		if i, prefix, ok := list.Find(c.Args); ok {
			path := c.path().Field("args").Index(i)
			places = append(places, capturedRanges{path: path, prefix: prefix, old: c.Args[i][len(prefix):]})
		}
	}
	if value, ok := m.Annotations[list.Annotation]; ok {
		places = append(places, annotated(list, value))
	}
	return places
}

// extended returns the places that change, and the annotation too if there is
// none: without it a second injection would take the change back.
func extended(places []capturedRanges, list sidecar.CIDRList, m *MetadataView, cidrs address.CIDRMap) []capturedRanges {
	var changes []capturedRanges
	for _, place := range places {
		if place.new, _ = cidrs.Extend(place.old); place.new != place.old {
			changes = append(changes, place)
		}
	}
	if _, ok := m.Annotations[list.Annotation]; ok || len(changes) == 0 {
		return changes
	}
	annotation := annotated(list, "")
	annotation.new = changes[len(changes)-1].new
	return append(changes, annotation)
}

func annotated(list sidecar.CIDRList, value string) capturedRanges {
	path := patch.Path("/metadata/annotations").Field(list.Annotation)
	return capturedRanges{path: path, annotation: list.Annotation, old: value}
}

// write makes the changes to the Pod that m is of.
func (c capturedRanges) write(r *recorder, m *MetadataView) {
	if c.annotation != "" {
		r.annotate(m, c.annotation, c.new)
		return
	}
	r.patch.Replace(c.path, c.prefix+c.new)
}
