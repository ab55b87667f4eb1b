package webhook

import (
	"errors"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dualstack-dev/webhook/mutate"
)

// request is what is read of an AdmissionRequest. The API server sends the uid
// first, so it is known even where a later field makes no sense:
// k8s.io/api/admission/v1/types.go.
type request[O any] struct {
	UID         types.UID
	Kind        metav1.GroupVersionKind
	SubResource string
	Name        string
	Namespace   string
	Operation   admissionv1.Operation
	Object      *O
	OldObject   *O
}

// errDisorder means that something came too late to know what had to be read of what
// came before it. The API server never sends such a review.
var errDisorder = errors.New("out of order")

// reviewReader reads a review in one pass: what stands before the object says what is
// read of it.
type reviewReader[O any] struct {
	*reader
	resource[O]
	request *request[O]
	// policies returns the policy of a namespace.
	policies func(namespace string) mutate.Policy
	policy   mutate.Policy
	// outline is what an outline is read into, or, with another request, what was read
	// so; nil where the order is trusted.
	outline  *request[O]
	inObject bool
	// hasPolicy says that the policy is known: it is asked for once.
	hasPolicy bool
	// meters measure the object and the one before, however often each comes.
	meters struct{ object, old mutate.Meter }
}

// readReview reads the review in body into q, and returns the policy of its
// namespace. An error leaves in q what was read before it, which may be the uid.
func readReview[O any](r *reader, body []byte, res resource[O], q *request[O], policies func(namespace string) mutate.Policy) (mutate.Policy, error) {
	v := reviewReader[O]{reader: r, resource: res, request: q, policies: policies}
	err := v.read(body)
	if !errors.Is(err, errDisorder) {
		return v.policy, err
	}
	// Once more for what says what is read, and then with that.
	*q = request[O]{}
	v.outline = q
	if err := v.read(body); err != nil {
		return mutate.Policy{}, err
	}
	outline := *q
	*q = request[O]{}
	v.outline = &outline
	err = v.read(body)
	return v.policy, err
}

func (v *reviewReader[O]) read(body []byte) error {
	v.reset(body)
	v.hasPolicy = false
	v.meters.object, v.meters.old = mutate.Meter{}, mutate.Meter{}
	for name := range v.members() {
		if string(name) == "request" {
			v.readRequest()
		} else {
			v.skip()
		}
	}
	v.end()
	return v.err
}

func (v *reviewReader[O]) readRequest() {
	q := v.request
	if v.peek() == 'n' {
		*q = request[O]{}
	}
	for name := range v.members() {
		switch string(name) {
		case "uid":
			v.readUID()
		case "kind":
			v.decides()
			v.readKind()
		case "subResource":
			v.decides()
			q.SubResource = v.text()
		case "name":
			q.Name = v.text()
		case "namespace":
			v.decides()
			q.Namespace = v.text()
		case "operation":
			v.decides()
			q.Operation = admissionv1.Operation(v.text())
		case "object":
			q.Object = v.object(q.Object, &v.meters.object, v.reads)
		case "oldObject":
			q.OldObject = v.object(q.OldObject, &v.meters.old, v.readsOld)
		default:
			v.skip()
		}
	}
}

// maxUID is far more than the 36 bytes of the UUID that the API server sends. The uid
// goes back in the answer, so a long one would take its room again.
const maxUID = 1 << 10

func (v *reviewReader[O]) readUID() {
	uid := v.bytes()
	if len(uid) > maxUID {
		v.fail(errNoUID)
		return
	}
	v.request.UID = types.UID(uid)
}

func (v *reviewReader[O]) readKind() {
	kind := &v.request.Kind
	if v.peek() == 'n' {
		*kind = metav1.GroupVersionKind{}
	}
	for name := range v.members() {
		switch string(name) {
		case "group":
			kind.Group = v.text()
		case "version":
			kind.Version = v.text()
		case "kind":
			kind.Kind = v.text()
		default:
			v.skip()
		}
	}
}

// decides fails for a member that says what is read of an object, and comes behind
// it.
func (v *reviewReader[O]) decides() {
	if v.inObject && v.outline == nil {
		v.fail(errDisorder)
	}
}

// object reads the next value into o if it is one that is read. The meter is that of
// all that was read into o.
func (v *reviewReader[O]) object(o *O, meter *mutate.Meter, isRead func(*request[O]) bool) *O {
	if o != nil && v.outline == nil {
		v.fail(errDisorder)
	}
	v.inObject = true
	head := v.request
	v.meter = *meter
	defer func() { *meter = v.meter }()
	switch v.outline {
	case nil:
	case v.request:
		return v.readOutline(v.reader, o)
	default:
		head = v.outline
	}
	if v.err != nil || !v.isOurs(head) || !isRead(head) {
		v.skip()
		return nil
	}
	if !v.hasPolicy && v.policies != nil {
		v.policy, v.hasPolicy = v.policies(head.Namespace), true
	}
	return v.readObject(v.reader, o, ask[O]{v.policy, head.Object})
}

// isOurs reports whether a review is about the resource itself.
func (r resource[O]) isOurs(q *request[O]) bool {
	return q.Kind == metav1.GroupVersionKind{Version: "v1", Kind: r.kind} && q.SubResource == ""
}
