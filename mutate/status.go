package mutate

import "strings"

// verdict is what was decided about one sidecar.
type verdict struct {
	profile string
	code    Code
	// open says that the sidecar leaves something as it is that it should not.
	open Code
}

// String returns the verdict as the status annotation spells it:
// "istio=rewritten", "istio=partial:capture-open", or
// "istio=refused:mesh-not-dual". It is empty for a sidecar that was right
// already.
func (v verdict) String() string {
	if v.open != "" {
		return v.profile + "=partial:" + string(v.open)
	}
	switch v.code.Kind() {
	case Change:
		return v.profile + "=rewritten"
	case Refuse:
		return v.profile + "=refused:" + string(v.code)
	default:
		return ""
	}
}

// podStatus returns the status of a Pod; empty when nothing was changed or
// refused, because a patch that says only that costs the API server more than
// all the rest.
func podStatus(verdicts []verdict) string {
	var words []string
	for _, v := range verdicts {
		if word := v.String(); word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, ",")
}

// status sets the status annotation, unless there is nothing to say or it says
// so already.
func (r *recorder) status(m *MetadataView, status string) {
	if status == "" || m.Annotations[KeyStatus] == status {
		return
	}
	r.annotate(m, KeyStatus, status)
}
