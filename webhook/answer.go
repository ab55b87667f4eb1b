package webhook

import (
	"encoding/json"
	"net/http"
	"strconv"

	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

func (a answer) encode(uid types.UID) ([]byte, error) {
	response := &admissionv1.AdmissionResponse{
		UID:              uid,
		Allowed:          true,
		AuditAnnotations: auditAnnotations(a.notes),
	}
	if len(a.patch) > 0 {
		patch, err := json.Marshal(a.patch)
		if err != nil {
			return nil, err
		}
		patchType := admissionv1.PatchTypeJSONPatch
		response.Patch, response.PatchType = patch, &patchType
	}
	if a.warning != "" {
		response.Warnings = []string{a.warning}
	}
	return json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"},
		Response: response,
	})
}

// auditAnnotations returns one key for each code. The value is always the same,
// because the API server rejects one that changes when the webhook is called a
// second time for the same object: k8s.io/apiserver/pkg/admission/attributes.go.
func auditAnnotations(notes []mutate.Note) map[string]string {
	if len(notes) == 0 {
		return nil
	}
	annotations := make(map[string]string, len(notes))
	for _, note := range notes {
		annotations[string(note.Code)] = "true"
	}
	return annotations
}
