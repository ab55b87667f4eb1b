package mutate

import (
	"strings"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// verdict is what was decided about one sidecar.
type verdict struct {
	name string
	code Code
	// open says that the sidecar leaves something as it is that it should not.
	open Code
}

// String returns the verdict as the status annotation spells it:
// "istio=rewritten", "istio=partial:capture-open", "istio=refused:mesh-not-dual",
// "dapr=already-dual", "fluent-bit=unknown", or "web/gunicorn=rewritten" for the server
// in a container.
func (v verdict) String() string {
	return v.name + "=" + v.word()
}

func (v verdict) word() string {
	if v.open != "" {
		return v.open.Verdict()
	}
	return v.code.Verdict()
}

// Verdict returns what the status annotation says of a part of a Pod that came to c.
func (c Code) Verdict() string {
	switch {
	case c == CodeCaptureOpen:
		return "partial:" + string(c)
	case c.Kind() == Change:
		return "rewritten"
	case c.Kind() == Refuse:
		return "refused:" + string(c)
	case c == CodeAlreadyDual:
		return "already-dual"
	default:
		return "unknown"
	}
}

// refuses reports whether something stays as it should not.
func (v verdict) refuses() bool { return v.open != "" || v.code.Kind() == Refuse }

// maxStatus is the length of the longest status that can be one of ours: that of as
// many servers as an annotation can name.
const maxStatus = 8 * sidecar.MaxParsed

// podStatus returns the status of a Pod; empty when it is not changed and nothing
// is refused that before, its status so far, does not tell: a patch that says only
// that all is well costs the API server more than all the rest. A change that it
// tells of is still told of when it is found made.
func podStatus(verdicts []verdict, before string, changed bool) string {
	if len(before) > maxStatus {
		before = ""
	}
	told := map[string]bool{}
	for word := range strings.SplitSeq(before, ",") {
		told[word] = true
	}
	var words []string
	for _, v := range verdicts {
		word := v.String()
		changed = changed || v.refuses() && !told[word]
		if was := v.name + "=rewritten"; v.code == CodeAlreadyDual && v.open == "" && told[was] {
			word = was
		}
		words = append(words, word)
	}
	if !changed {
		return ""
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
