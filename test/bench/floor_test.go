package bench_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// floor reads a review, decodes nothing of it but its uid, which is the first
// that comes, and allows it.
func floor(w http.ResponseWriter, req *http.Request) {
	content := make([]byte, req.ContentLength)
	if _, err := io.ReadFull(req.Body, content); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, after, _ := bytes.Cut(content, []byte(`"uid":"`))
	uid, _, _ := bytes.Cut(after, []byte(`"`))
	review, err := json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"},
		Response: &admissionv1.AdmissionResponse{UID: types.UID(uid), Allowed: true},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// Who does not read the answer does not need it.
	_, _ = w.Write(review)
}
