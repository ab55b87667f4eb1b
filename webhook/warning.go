package webhook

import (
	"fmt"

	"github.com/dualstack-dev/webhook/mutate"
)

// warning returns the one line that people see in kubectl; empty for none.
//
// The API server drops a warning with a control character and asks for at most
// 120 characters (k8s.io/api/admission/v1/types.go), so a warning is made of
// sentences of ours and holds nothing of the object.
func warning(result mutate.Result) string {
	worst, more := worstNote(result)
	if worst.Code == "" {
		return ""
	}
	text := fmt.Sprintf("dualstack: %s (%s)", worst.Sentence(), worst.Code)
	if worst.Code.Kind() == mutate.Change {
		text = fmt.Sprintf("dualstack would change this: %s (%s)", worst.Sentence(), worst.Code)
	}
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// worstNote returns the note to warn about, and how many other codes there are
// to warn about. A refusal comes first; a change is news only where it is not
// made.
func worstNote(result mutate.Result) (worst mutate.Note, more int) {
	seen := map[mutate.Code]bool{}
	reported := result.Reported()
	for _, note := range result.Notes {
		refused := note.Code.Kind() == mutate.Refuse
		withheld := note.Code.Kind() == mutate.Change && reported
		if seen[note.Code] || !refused && !withheld {
			continue
		}
		seen[note.Code] = true
		if worst.Code == "" || refused && worst.Code.Kind() != mutate.Refuse {
			worst = note
		}
	}
	return worst, max(0, len(seen)-1)
}
