package mutate

import (
	"strings"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// verdict is what was decided about one sidecar.
type verdict struct {
	profile string
	code    Code
}

// String returns the verdict as the status annotation spells it:
// "istio=rewritten", or "istio=refused:mesh-not-dual". It is empty for a
// sidecar that was right already.
func (v verdict) String() string {
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
	annotations := patch.Path("/metadata/annotations")
	r.patch.SetEntry(annotations, len(m.Annotations), KeyStatus, status)
}
