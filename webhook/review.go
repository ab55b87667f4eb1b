package webhook

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// review names the fields of an admission.k8s.io/v1 AdmissionReview that are
// read. O is a view of the object, so that the whole is decoded in one pass and
// what nobody reads is skipped.
type review[O any] struct {
	Request request[O] `json:"request"`
}

// request names the fields of an AdmissionRequest that are read. The API server
// sends the uid first, so it is known even where a later field makes no sense:
// k8s.io/api/admission/v1/types.go.
type request[O any] struct {
	UID         types.UID               `json:"uid"`
	Kind        metav1.GroupVersionKind `json:"kind"`
	SubResource string                  `json:"subResource"`
	Name        string                  `json:"name"`
	Namespace   string                  `json:"namespace"`
	Operation   admissionv1.Operation   `json:"operation"`
	Object      *O                      `json:"object"`
	OldObject   *O                      `json:"oldObject"`
}

// readReview decodes body into r. An error leaves in r what was read before it,
// which may be the uid.
//
// Duplicate names are not looked for: the API server sends none, and the search
// costs a third of the time and allocates for fields that are skipped.
func readReview[O any](body io.Reader, r *review[O]) error {
	return json.UnmarshalRead(body, r, jsontext.AllowDuplicateNames(true))
}
