package webhook

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"gomodules.xyz/jsonpatch/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dualstack-dev/webhook/mutate"
)

// answer is what is said to the API server about one review. Its request is
// always allowed.
type answer struct {
	patch   []jsonpatch.Operation
	warning string // empty for none
	notes   []mutate.Note
}

// write sends a as the response to the review with this uid.
func (a answer) write(w http.ResponseWriter, uid types.UID) error {
	body, err := a.encode(uid)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, err = w.Write(body)
	return err
}

// encode writes the review by hand: to do it by reflection takes as long as the
// decision. The names of the members are those of
// k8s.io/api/admission/v1/types.go.
func (a answer) encode(uid types.UID) ([]byte, error) {
	w := writer{bytes: make([]byte, 0, 1024)}
	w.raw(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":`)
	w.text(string(uid))
	w.raw(`,"allowed":true`)
	if len(a.patch) > 0 {
		w.raw(`,"patch":"`)
		w.base64(a.patch)
		w.raw(`","patchType":"JSONPatch"`)
	}
	if len(a.notes) > 0 {
		w.raw(`,"auditAnnotations":`)
		w.auditAnnotations(a.notes)
	}
	if a.warning != "" {
		w.raw(`,"warnings":[`)
		w.text(a.warning)
		w.raw("]")
	}
	w.raw("}}\n")
	return w.bytes, w.err
}

// writer appends JSON to bytes, and keeps the first error.
type writer struct {
	bytes []byte
	err   error
}

func (w *writer) raw(text string) { w.bytes = append(w.bytes, text...) }

func (w *writer) text(text string) {
	quoted, err := jsontext.AppendQuote(w.bytes, text)
	w.bytes = quoted
	w.fail(err)
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// auditAnnotations writes one key for each code. The value is always the same,
// because the API server rejects one that changes when the webhook is called a
// second time for the same object: k8s.io/apiserver/pkg/admission/attributes.go.
func (w *writer) auditAnnotations(notes []mutate.Note) {
	var codes []mutate.Code
	for _, note := range notes {
		if slices.Contains(codes, note.Code) {
			continue
		}
		w.raw(separator(len(codes), "{"))
		w.text(string(note.Code))
		w.raw(`:"true"`)
		codes = append(codes, note.Code)
	}
	w.raw("}")
}

// base64 writes the patch as the API server wants it, in base64.
func (w *writer) base64(operations []jsonpatch.Operation) {
	patch := writer{bytes: make([]byte, 0, 512)}
	for i := range operations {
		patch.raw(separator(i, "["))
		patch.operation(&operations[i])
	}
	patch.raw("]")
	w.bytes = base64.StdEncoding.AppendEncode(w.bytes, patch.bytes)
	w.fail(patch.err)
}

func (w *writer) operation(op *jsonpatch.Operation) {
	w.raw(`{"op":`)
	w.text(op.Operation)
	w.raw(`,"path":`)
	w.text(op.Path)
	if op.Operation != "remove" {
		w.raw(`,"value":`)
		w.value(op.Value)
	}
	w.raw("}")
}

func (w *writer) value(value any) {
	if text, ok := value.(string); ok {
		w.text(text)
		return
	}
	encoded, err := json.Marshal(value)
	w.bytes = append(w.bytes, encoded...)
	w.fail(err)
}

// separator returns what comes before the element of that index.
func separator(index int, begin string) string {
	if index == 0 {
		return begin
	}
	return ","
}
