package cluster

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// UnknownAfter is how long what was found counts while it cannot be read again. It
// bridges an outage and an upgrade of the rights; after it nobody can say any more.
const UnknownAfter = time.Hour

// kept is what the last look found that did not fail. It is never changed, only
// replaced, so that requests read it without waiting.
type kept[T any] struct {
	began   time.Time
	expires time.Duration
	last    atomic.Pointer[sight[T]]
	trouble string // that was told of; only looks read it
}

// sight is what was found, and when. The zero time is that of nothing.
type sight[T any] struct {
	found T
	at    time.Time
}

// keep begins the time of what was never found. It expires after an hour if expires
// is zero.
func keep[T any](expires time.Duration) kept[T] {
	return kept[T]{began: time.Now(), expires: cmp.Or(expires, UnknownAfter)}
}

// saw replaces what was found.
func (k *kept[T]) saw(found T) {
	k.trouble = ""
	k.last.Store(&sight[T]{found, time.Now()})
}

// missed notes a look that failed. It returns what that comes to, for the log; "" if
// that was told already, or if the look was only called off.
func (k *kept[T]) missed(err error) string {
	if errors.Is(err, context.Canceled) {
		return ""
	}
	if k.last.Load() == nil {
		k.last.Store(&sight[T]{})
	}
	consequence := "so it is unknown"
	if _, ok := k.known(); ok {
		consequence = "so the last state stays"
	}
	trouble := consequence + ": " + err.Error()
	if k.trouble == trouble {
		return ""
	}
	k.trouble = trouble
	return consequence
}

// known returns what was found; false if that is nothing, or too old to count.
func (k *kept[T]) known() (found T, ok bool) {
	s := k.last.Load()
	if s == nil || s.at.IsZero() || time.Since(s.at) > k.expires {
		return found, false
	}
	return s.found, true
}

// looked reports whether the first look is over, even if it failed.
func (k *kept[T]) looked() bool { return k.last.Load() != nil }

// age returns how long ago something was found; how long it was looked for if nothing
// was.
func (k *kept[T]) age() time.Duration {
	if s := k.last.Load(); s != nil && !s.at.IsZero() {
		return time.Since(s.at)
	}
	return time.Since(k.began)
}
