package certs

import (
	"crypto/x509"
	"slices"
	"time"
)

// maxPrevious bounds how many earlier authorities are remembered. A rotation
// leaves one, and it ends before the next begins; more come from accidents.
const maxPrevious = 3

// authorities are what the replicas share. The zero authorities are those of a
// new installation.
type authorities struct {
	current  *ca                 // signs leaves
	next     *ca                 // in the bundle, to become current; nil outside a rotation
	previous []*x509.Certificate // sign no more, but leaves of theirs may be served still
}

// A change says what became of the authorities or of a bundle. Changes are metric
// labels.
type change string

const (
	changeNone      change = ""
	changeCreated   change = "authority-created" // there was none that could be used
	changePublished change = "next-published"    // a rotation begins
	changePromoted  change = "next-promoted"     // a rotation ends
	changeRepaired  change = "secret-repaired"   // something in the Secret made no sense
	changeMerged    change = "bundle-merged"     // the bundle lacked something, or held what has ended
)

// advance returns what the authorities become at now, by one step, and that
// step. Observed says that the webhook configuration has trusted the next one
// for long enough.
func (a authorities) advance(names []string, now time.Time, observed bool) (authorities, change, error) {
	next := a.next != nil && valid(a.next.certificate, now)
	switch {
	case a.current == nil || !valid(a.current.certificate, now):
		if next {
			return a.promote(now), changePromoted, nil
		}
		return a.create(names, now)
	case next && !a.next.permits(names, now):
		return a.publish(names, now)
	case next && observed:
		return a.promote(now), changePromoted, nil
	case !next && (due(a.current.certificate, now) || !a.current.permits(names, now)):
		return a.publish(names, now)
	}
	return a, changeNone, nil
}

// create begins with an authority that nobody trusts yet.
func (a authorities) create(names []string, now time.Time) (authorities, change, error) {
	key, err := newKey()
	if err != nil {
		return a, changeNone, err
	}
	current, err := newCA(key, names, now)
	if err != nil {
		return a, changeNone, err
	}
	return authorities{current: current, previous: a.retire(now, a.current, a.next)}, changeCreated, nil
}

// publish begins a rotation. The next authority permits what the present one
// does too, so that replicas that were told other names, in the middle of an
// upgrade, agree about it.
func (a authorities) publish(names []string, now time.Time) (authorities, change, error) {
	all := slices.Clone(names)
	for _, c := range []*ca{a.current, a.next} {
		if c != nil {
			all = append(all, c.certificate.PermittedDNSDomains...)
		}
	}
	slices.Sort(all)
	key, err := newKey()
	if err != nil {
		return a, changeNone, err
	}
	next, err := newCA(key, slices.Compact(all), now)
	if err != nil {
		return a, changeNone, err
	}
	return authorities{a.current, next, a.retire(now, a.next)}, changePublished, nil
}

// promote ends a rotation. The key of the authority that goes is forgotten; its
// certificate stays until it ends.
func (a authorities) promote(now time.Time) authorities {
	return authorities{current: a.next, previous: a.retire(now, a.current)}
}

// retire returns the previous authorities with these, which may be nil, and
// without those that have ended.
func (a authorities) retire(now time.Time, gone ...*ca) []*x509.Certificate {
	previous := slices.Clone(a.previous)
	for _, c := range gone {
		if c != nil {
			previous = append(previous, c.certificate)
		}
	}
	previous = slices.DeleteFunc(previous, func(c *x509.Certificate) bool { return over(c, now) })
	return previous[max(0, len(previous)-maxPrevious):]
}

// signer returns the authority that may sign a leaf for names at now: the
// current one, or else the next. It is nil if neither may.
func (a authorities) signer(names []string, now time.Time) *ca {
	for _, c := range []*ca{a.current, a.next} {
		if c != nil && c.permits(names, now) {
			return c
		}
	}
	return nil
}

// certificates returns what a bundle must hold.
func (a authorities) certificates() []*x509.Certificate {
	var all []*x509.Certificate
	for _, c := range []*ca{a.current, a.next} {
		if c != nil {
			all = append(all, c.certificate)
		}
	}
	return append(all, a.previous...)
}
