package certs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

const (
	// overlap is how long the webhook configuration trusts the next authority
	// before it becomes the current one. API servers notice within seconds.
	overlap = 10 * time.Minute
	// settle is how long it trusts an authority before a leaf that works is given
	// up for one of it: the API servers' own watches need a moment.
	settle = 10 * time.Second
	// look is the time between two passes in which nothing happens.
	look = 5 * time.Minute
)

// pass reads the Secret and the webhook configuration, does what is missing, and
// returns how long there is nothing to do. The order matters: an authority is in
// the Secret before it is trusted, and trusted before it is served.
//
// What stands against writing does not stand against serving: what the Secret
// holds is good until it ends, and so are leaves of it.
func (a *Authority) pass(ctx context.Context) (time.Duration, error) {
	l, err := a.configurations.read(ctx)
	if err != nil {
		return 0, err
	}
	a.noteAbsence(l)
	stored, err := a.secrets.read(ctx)
	now, clockErr := a.server.now()
	a.metrics.stands(obstacleClock, clockErr != nil)
	if err != nil {
		return 0, err
	}
	a.metrics.stands(obstacleImmutable, stored.immutable())
	held, problems, err := decode(stored.data())
	a.metrics.stands(obstacleNewer, err != nil)
	if err != nil {
		return 0, fmt.Errorf("reading the Secret %s: %w", a.secrets.key, err)
	}
	if clockErr != nil {
		return 0, errors.Join(clockErr, a.serve(held, l, now))
	}
	shared, wrote, shareErr := a.share(ctx, stored, held, problems, l, now)
	if isConflict(shareErr) {
		return 0, shareErr // What was read holds no longer.
	}
	merged, mergeErr := a.configurations.merge(ctx, l, shared, now)
	if merged {
		a.metrics.changes.WithLabelValues(string(changeMerged)).Inc()
		a.log.Info("merged the authorities into the caBundle", zap.Int("webhooks", len(l.callers)))
	}
	if err := errors.Join(shareErr, mergeErr, a.serve(shared, l, now)); err != nil {
		return 0, err
	}
	if wrote || merged {
		return 0, nil // What was written is read before it is believed.
	}
	a.metrics.inOrder(now)
	return a.pause(shared, now), nil
}

// share returns the authorities that the Secret held, moved on by what is due.
// Wrote says that the Secret was written for it; with an error they are those that
// it held. Without a caller nobody needs the Secret, and it is not created: it may
// have been deleted together with all else, and must not come back.
func (a *Authority) share(ctx context.Context, stored stored, held authorities, problems []string, l live, now time.Time) (shared authorities, wrote bool, err error) {
	if !stored.exists() {
		held = a.unsaved
	}
	a.seen.look(l, held.certificates(), now)
	after, what, err := held.advance(a.names, now, a.seen.passed(held.next, overlap, now))
	if err != nil {
		return held, false, err
	}
	data, err := encode(after)
	if err != nil {
		return held, false, err
	}
	a.unsaved = authorities{}
	switch {
	case stored.exists() && sameLayout(stored.data(), data):
		return after, false, nil
	case !stored.exists() && l.absent():
		a.unsaved = after
		return after, false, nil
	}
	if err := a.secrets.write(ctx, stored, data); err != nil {
		return held, false, err
	}
	a.noteShared(what, problems, after)
	return after, true, nil
}

// serve changes the leaf if it must and may be changed.
func (a *Authority) serve(shared authorities, l live, now time.Time) error {
	signer := shared.signer(a.names, now)
	if signer == nil {
		return errors.New("no authority may sign now")
	}
	served := a.leaf.Load()
	switch {
	case fresh(served, signer, now):
		a.candidate = served
	case !fresh(a.candidate, signer, now):
		key, err := newKey()
		if err != nil {
			return err
		}
		if a.candidate, err = signer.issue(key, a.names, now); err != nil {
			return err
		}
	}
	if a.candidate != served && mayServe(served, a.candidate, l, a.seen.passed(signer, settle, now), now) {
		a.leaf.Store(a.candidate)
		a.log.Info("serving another certificate", zap.String("serial", serial(a.candidate.Leaf)),
			zap.String("authority", serial(signer.certificate)), zap.Time("notAfter", a.candidate.Leaf.NotAfter))
	}
	a.metrics.leaf(a.leaf.Load().Leaf)
	a.metrics.authority(signer.certificate)
	if l.absent() || l.verify(a.leaf.Load().Leaf, now) == nil {
		a.trusted.Store(true)
	}
	return nil
}

// pause returns how long nothing is due.
func (a *Authority) pause(shared authorities, now time.Time) time.Duration {
	until := now.Add(look)
	earlier := func(at time.Time) {
		if at.After(now) && at.Before(until) {
			until = at
		}
	}
	for _, c := range []*ca{shared.current, shared.next} {
		for _, long := range []time.Duration{settle, overlap} {
			if at, ok := a.seen.after(c, long); ok {
				earlier(at)
			}
		}
	}
	earlier(renewal(shared.current.certificate))
	earlier(renewal(a.leaf.Load().Leaf))
	return until.Sub(now)
}

// noteAbsence says once that nobody calls us, and once that somebody does again.
func (a *Authority) noteAbsence(l live) {
	a.metrics.found(l)
	configuration := zap.String("configuration", a.configurations.name)
	switch {
	case l.absent() && !a.wasAbsent:
		a.log.Warn("no webhook configuration calls this webhook: nothing is mutated until one does",
			configuration, zap.Strings("names", a.names))
	case !l.absent() && a.wasAbsent:
		a.log.Info("the webhook configuration calls this webhook", configuration)
	}
	a.wasAbsent = l.absent()
}

// noteShared says what was written into the Secret, never what it holds.
func (a *Authority) noteShared(what change, problems []string, shared authorities) {
	if what == changeNone {
		what = changeRepaired
	}
	a.metrics.changes.WithLabelValues(string(what)).Inc()
	log := a.log.With(zap.Stringer("secret", a.secrets.key), zap.String("change", string(what)))
	if len(problems) > 0 {
		log.Warn("the Secret held what makes no sense", zap.Strings("problems", problems))
	}
	log.Info("wrote the Secret", zap.Stringer("current", shared.current), zap.Time("notAfter", shared.current.certificate.NotAfter))
}

// isConflict reports whether another replica was first.
func isConflict(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}
