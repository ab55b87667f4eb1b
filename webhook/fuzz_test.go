package webhook

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	admissionv1 "k8s.io/api/admission/v1"
)

// FuzzReview sends any bytes to every path. Whatever they are, the answer is an
// HTTP error where there is no uid, and an allowed review where there is one.
func FuzzReview(f *testing.F) {
	for _, body := range []string{
		createReview(podKind, injectedPod),
		createReview(serviceKind, service),
		createReview(serviceKind, balancer),
		createReview(podKind, "null"),
		createReview(podKind, `{"metadata":{"annotations":{"a":1}}}`),
		strings.Replace(createReview(serviceKind, service), "CREATE", "UPDATE", 1),
		`{"request":{"uid":"u","uid":"v","object":[]}}`,
		`{"request":{"uid":"\u0000<>"}}`,
		`{"request":[]}`, `[]`, `"`, "",
		"{\"\xee\":tru,\"request\":{\"uid\":\"u\"", // What is skipped is not checked.
	} {
		f.Add([]byte(body))
	}
	fixture := newFixture(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for path, handler := range fixture.handlers {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body))))
			switch w.Code {
			case http.StatusOK:
				response(t, w, uidOf(t, body, w))
			case http.StatusBadRequest:
				if w.Header().Get("Content-Type") == "application/json" {
					t.Errorf("%s: an error that looks like an answer: %s", path, w.Body)
				}
			default:
				t.Errorf("%s: status = %d for %q, want 200 or 400", path, w.Code, body)
			}
		}
		fixture.logs.TakeAll()
	})
}

// uidOf reads the uid of a body that was answered with another decoder than the
// handler's: token by token. Of a body that is not JSON the two may read more or less;
// then the uid of the answer must stand in it.
func uidOf(t *testing.T, body []byte, w *httptest.ResponseRecorder) string {
	t.Helper()
	var review struct {
		Request struct {
			UID jsontext.Value `json:"uid"`
		} `json:"request"`
	}
	broken := json.Unmarshal(body, &review, jsontext.AllowDuplicateNames(true))
	uid, err := jsontext.AppendUnquote(nil, review.Request.UID)
	if broken == nil && err != nil {
		t.Fatalf("answered 200, but the uid %q of %q cannot be read: %v", review.Request.UID, body, err)
	}
	if broken == nil {
		return string(uid)
	}
	var answer admissionv1.AdmissionReview
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Response == nil {
		t.Fatalf("answered 200 with %s: %v", w.Body, err)
	}
	answered := string(answer.Response.UID)
	if isEscaped := strings.Contains(string(body), `\`); answered == "" || !isEscaped && !strings.Contains(string(body), `"`+answered+`"`) {
		t.Fatalf("the uid %q of the answer does not stand in %q", answered, body)
	}
	return answered
}
