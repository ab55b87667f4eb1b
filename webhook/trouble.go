package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
)

// errWrongKind means that the webhook configuration sends something else than
// the path is for.
var errWrongKind = errors.New("not the kind of this path")

// errNoUID means that there is nothing to answer to.
var errNoUID = errors.New("review without a uid")

// errGivenUp means that nobody waits for the answer any longer.
var errGivenUp = errors.New("the caller has given up")

// The reasons for which a request is allowed unread. They are metric labels.
const (
	reasonTooLarge  = "too_large"
	reasonTimeout   = "timeout"
	reasonPanic     = "panic"
	reasonWrongKind = "wrong_kind"
	reasonMalformed = "malformed"
	reasonGivenUp   = "given_up"
)

// troubleKind is what goes wrong with us, for metrics and for people.
type troubleKind struct {
	reason  string
	warning string
}

// trouble sorts an error. It returns the zero troubleKind for nil.
func trouble(err error) troubleKind {
	switch {
	case err == nil:
		return troubleKind{}
	case errors.As(err, new(*http.MaxBytesError)):
		return troubleKind{reasonTooLarge, "dualstack left this alone: the request is too large"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return troubleKind{reasonTimeout, "dualstack left this alone: the request did not end in time"}
	case errors.Is(err, errGivenUp):
		return troubleKind{reasonGivenUp, "dualstack left this alone: it had no time for it"}
	case errors.As(err, new(*panicError)):
		return troubleKind{reasonPanic, "dualstack left this alone: it has a defect, see its log"}
	case errors.Is(err, errWrongKind):
		return troubleKind{reasonWrongKind, "dualstack left this alone: its webhook configuration sends the wrong kind"}
	default:
		return troubleKind{reasonMalformed, "dualstack left this alone: it could not read the request"}
	}
}

// rejection returns the status of a review that cannot be answered, or 0.
func rejection(err error, hasUID bool) int {
	reason := trouble(err).reason
	switch {
	case reason == reasonTooLarge:
		return http.StatusRequestEntityTooLarge
	case hasUID:
		return 0
	case reason == reasonPanic:
		return http.StatusInternalServerError
	case reason == reasonTimeout:
		return http.StatusRequestTimeout
	case reason == reasonGivenUp:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// panicError is a panic that was stopped.
type panicError struct {
	value any
	stack []byte
}

// Error describes the panic without its value, which may hold a part of an
// object; an error of the run time holds only indices and types.
func (p *panicError) Error() string {
	if err, ok := p.value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a value of type %T", p.value)
}

// protect returns what f returns, or its panic as an error.
func protect(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value: value, stack: debug.Stack()}
		}
	}()
	return f()
}
