package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dualstack-dev/webhook/mutate"
)

// reader reads one JSON document, value by value. After an error every method does
// nothing and returns a zero value, so that only the end asks for the error.
//
// What is read is checked; of what is skipped only the end is looked for, which takes
// a fifth of the time. The API server has encoded the review from an object that it
// has decoded, so there is nothing to find. Duplicate names are not looked for: the
// last one holds, as for every reader of JSON in Kubernetes.
type reader struct {
	scanner
	unquoted []byte // a string that has escapes
	meter    mutate.Meter
}

// reset makes body what is read. It is read in place: what it holds must stay.
func (r *reader) reset(body []byte) {
	r.scanner = scanner{text: body}
	r.meter = mutate.Meter{}
}

// errShape means that a value is not of the type that Kubernetes knows it by. It
// does not quote the value.
var errShape = errors.New("a value of another type")

// limitError means that the object is over a limit.
type limitError struct{ measure mutate.Measure }

func (e limitError) Error() string {
	return fmt.Sprintf("over the limit of %s", mutate.Limits()[e.measure].Of)
}

// add counts n more, and fails beyond the limit.
func (r *reader) add(measure mutate.Measure, n int) {
	if r.err == nil && !r.meter.Add(measure, n) {
		r.fail(limitError{measure})
	}
}

// null reports whether the next value is null, and passes over it if so.
func (r *reader) null() bool {
	return r.peek() == 'n' && string(r.value()) == "null"
}

// absent reports whether the next value, an object, is null, and passes over it if so.
// One that is there counts, because it may come again and again.
func (r *reader) absent() bool {
	if r.null() {
		return true
	}
	r.add(mutate.Members, 1)
	return r.err != nil
}

// text returns the next value, a string; "" for null.
func (r *reader) text() string { return string(r.bytes()) }

// bytes is text, until the next call.
func (r *reader) bytes() []byte {
	switch r.peek() {
	case '"':
		return r.unquote(r.value())
	case 'n':
		r.literal("null")
	default:
		r.fail(errShape)
	}
	return nil
}

// unquote returns what a string holds, until the next call.
func (r *reader) unquote(raw []byte) []byte {
	if r.err != nil {
		return nil
	}
	var err error
	if r.unquoted, err = jsontext.AppendUnquote(r.unquoted[:0], raw); err != nil {
		r.fail(errors.New("not a string"))
		return nil
	}
	return r.unquoted
}

// boolean returns the next value, true or false; false for null.
func (r *reader) boolean() bool {
	switch r.peek() {
	case 't':
		return r.literal("true")
	case 'f':
		r.literal("false")
	default:
		r.literal("null")
	}
	return false
}

// literal passes over the next value, which must be this one.
func (r *reader) literal(want string) bool {
	if string(r.value()) != want {
		r.fail(errShape)
	}
	return r.err == nil
}

// members yields the name of each member of the next value, an object. Whoever
// ranges reads its value, or skips it. A name holds until then. Null has no members.
func (r *reader) members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if r.peek() == 'n' {
			r.literal("null")
			return
		}
		for more := r.open('{', '}'); more; more = r.next('}') {
			raw := r.quoted()
			if name := raw; bytes.IndexByte(raw, '\\') >= 0 {
				raw = r.unquote(name)
			} else if len(raw) >= 2 {
				raw = raw[1 : len(raw)-1]
			}
			if r.delimiter(':'); r.err != nil || !yield(raw) {
				return
			}
		}
	}
}

// elements yields the index of each element of the next value, a list. Whoever
// ranges reads the element, or skips it. Null has no elements.
func (r *reader) elements() iter.Seq[int] {
	return func(yield func(int) bool) {
		if r.peek() == 'n' {
			r.literal("null")
			return
		}
		i := 0
		for more := r.open('[', ']'); more; more = r.next(']') {
			if !yield(i) {
				return
			}
			i++
		}
	}
}

// texts returns the next value, a list of strings. Each counts as one of measure.
func (r *reader) texts(measure mutate.Measure) []string {
	var list []string
	for range r.elements() {
		r.add(measure, 1)
		list = append(list, r.text())
	}
	return list
}

// entries reads the next value, an object of strings, into m, which may be nil, and
// returns it. Its bytes count as measure. Null is nil.
func (r *reader) entries(m map[string]string, measure mutate.Measure) map[string]string {
	if r.absent() {
		return nil
	}
	for name := range r.members() {
		key := string(name)
		value := r.text()
		r.add(measure, len(key)+len(value))
		if m == nil {
			m = map[string]string{}
		}
		m[key] = value
	}
	return m
}

// metadata reads the next value into m, which may be nil, and returns it. Null is
// nil.
func (r *reader) metadata(m *mutate.MetadataView) *mutate.MetadataView {
	if r.absent() {
		return nil
	}
	if m == nil {
		m = &mutate.MetadataView{}
	}
	for name := range r.members() {
		switch string(name) {
		case "name":
			m.Name = r.text()
		case "namespace":
			m.Namespace = r.text()
		case "labels":
			m.Labels = r.entries(m.Labels, mutate.Labels)
		case "annotations":
			m.Annotations = r.entries(m.Annotations, mutate.Annotations)
		case "deletionTimestamp":
			m.DeletionTimestamp = r.text()
		default:
			r.skip()
		}
	}
	return m
}
