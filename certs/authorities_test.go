package certs

import (
	"crypto/x509"
	"slices"
	"testing"
	"time"
)

// rotationDue returns when an authority is to be replaced.
func rotationDue(c *ca) time.Time { return renewal(c.certificate) }

func TestAdvance(t *testing.T) {
	const other = "other.dualstack-system.svc"
	fresh, also, wider := mustCA(t, day(0), name), mustCA(t, day(0), name), mustCA(t, day(0), name, other)
	ended := mustCA(t, day(-800), name)
	ahead := mustCA(t, day(1000), name)
	old := fresh.certificate
	both := []string{name, other}

	for _, tc := range []struct {
		cell     string
		from     authorities
		names    []string
		now      time.Time
		observed bool
		want     change
		current  *ca // nil for a new one
		next     bool
		previous []*x509.Certificate
	}{
		{cell: "Current:none", now: day(0), want: changeCreated},
		{cell: "Current:fresh", from: authorities{current: fresh}, now: day(1), want: changeNone, current: fresh},
		{cell: "Current:due", from: authorities{current: fresh}, now: rotationDue(fresh), want: changePublished, current: fresh, next: true},
		{cell: "Current:due/Next:not observed", from: authorities{current: fresh, next: also}, now: rotationDue(fresh), want: changeNone, current: fresh, next: true},
		{cell: "Current:due/Next:observed", from: authorities{current: fresh, next: also}, now: rotationDue(fresh), observed: true, want: changePromoted, current: also, previous: []*x509.Certificate{old}},
		{cell: "Current:fresh/Next:observed", from: authorities{current: fresh, next: also}, now: day(1), observed: true, want: changePromoted, current: also, previous: []*x509.Certificate{old}},
		{cell: "Current:due/Next:ended", from: authorities{current: fresh, next: ended}, now: rotationDue(fresh), want: changePublished, current: fresh, next: true},
		{cell: "Current:ended/Next:none", from: authorities{current: ended}, now: day(0), want: changeCreated},
		{cell: "Current:ended/Next:not observed", from: authorities{current: ended, next: fresh}, now: day(0), want: changePromoted, current: fresh},
		{cell: "Current:none/Next:not observed", from: authorities{next: fresh}, now: day(0), want: changePromoted, current: fresh},
		{cell: "Current:of a clock that was wrong", from: authorities{current: ahead}, now: day(0), want: changeCreated, previous: []*x509.Certificate{ahead.certificate}},
		{cell: "Names:permitted by current", from: authorities{current: wider}, now: day(0), want: changeNone, current: wider},
		{cell: "Names:not permitted", from: authorities{current: fresh}, names: both, now: day(0), want: changePublished, current: fresh, next: true},
		{cell: "Names:not permitted/Next:permits", from: authorities{current: fresh, next: wider}, names: both, now: day(0), want: changeNone, current: fresh, next: true},
		{cell: "Names:not permitted/Next:neither", from: authorities{current: fresh, next: also}, names: both, now: day(0), want: changePublished, current: fresh, next: true, previous: []*x509.Certificate{also.certificate}},
		{cell: "Previous:ended", from: authorities{current: fresh, next: also, previous: []*x509.Certificate{ended.certificate}}, now: day(0), observed: true, want: changePromoted, current: also, previous: []*x509.Certificate{old}},
	} {
		t.Run(tc.cell, func(t *testing.T) {
			if tc.names == nil {
				tc.names = names()
			}
			got, what, err := tc.from.advance(tc.names, tc.now, tc.observed)
			if err != nil {
				t.Fatal(err)
			}
			if what != tc.want {
				t.Errorf("advance() = %q, want %q", what, tc.want)
			}
			if tc.current != nil && got.current != tc.current {
				t.Errorf("current = %v, want %v", got.current, tc.current)
			}
			if tc.current == nil && (got.current == tc.from.current || !got.current.permits(tc.names, tc.now)) {
				t.Errorf("current = %v, want a new one", got.current)
			}
			if (got.next != nil) != tc.next {
				t.Errorf("next = %v, want one: %t", got.next, tc.next)
			}
			if !slices.EqualFunc(got.previous, tc.previous, (*x509.Certificate).Equal) {
				t.Errorf("%d previous, want %d", len(got.previous), len(tc.previous))
			}
			if got.signer(tc.names, tc.now) == nil {
				t.Error("signer() = nil, want an authority that permits the names")
			}
		})
	}
}

// TestAdvanceForReplicasWithOtherNames lets two replicas that were told other
// names, as in the middle of an upgrade, act by turns: they must come to rest.
func TestAdvanceForReplicasWithOtherNames(t *testing.T) {
	var shared authorities
	replicas := [][]string{{"a.ns.svc"}, {"b.ns.svc"}, {"b.ns.svc", "c.ns.svc"}}
	changes := 0
	for turn := range 30 {
		next, what, err := shared.advance(replicas[turn%len(replicas)], day(0), shared.next != nil && turn%3 == 2)
		if err != nil {
			t.Fatal(err)
		}
		shared = next
		if what != changeNone {
			changes = turn + 1
		}
	}
	if changes > 20 {
		t.Errorf("they still changed something at turn %d, want them to agree", changes)
	}
	for _, names := range replicas {
		if !shared.current.permits(names, day(0)) {
			t.Errorf("the current authority does not permit %q", names)
		}
	}
}

func TestPreviousIsBounded(t *testing.T) {
	var shared authorities
	for range 10 {
		shared.current = mustCA(t, day(2000), name) // of a clock that is wrong
		var err error
		if shared, _, err = shared.advance(names(), day(0), false); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(shared.previous); got != maxPrevious {
		t.Errorf("%d previous authorities, want %d", got, maxPrevious)
	}
}
