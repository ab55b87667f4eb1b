package mutate

import (
	"slices"
	"strings"
)

// verdict is what was decided about one sidecar, or one server.
type verdict struct {
	name string
	code Code
	// open says that the sidecar leaves something as it is that it should not.
	open Code
}

// String returns the verdict as the status annotation spells it:
// "istio=rewritten", "istio=partial:capture-open",
// "istio=refused:mesh-not-dual", or "web/gunicorn=rewritten" for the server in a
// container. It is empty for what was right already.
func (v verdict) String() string {
	if v.open != "" {
		return v.name + "=partial:" + string(v.open)
	}
	switch v.code.Kind() {
	case Change:
		return v.name + "=rewritten"
	case Refuse:
		return v.name + "=refused:" + string(v.code)
	default:
		return ""
	}
}

// podStatus returns the status of a Pod; empty when nothing was changed or
// refused, because a patch that says only that costs the API server more than
// all the rest. A change that the status before tells of is still told of: where
// something else stays refused, the status would otherwise change once more.
func podStatus(verdicts []verdict, before string) string {
	told := strings.Split(before, ",")
	var words []string
	for _, v := range verdicts {
		word := v.String()
		if was := (verdict{v.name, CodeSidecarRewritten, ""}).String(); word == "" && slices.Contains(told, was) {
			word = was
		}
		if word != "" {
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
