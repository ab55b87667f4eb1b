package certs

import (
	"crypto/tls"
	"time"
)

// fresh reports whether leaf is one of signer's for now: valid, and not due.
func fresh(leaf *tls.Certificate, signer *ca, now time.Time) bool {
	return leaf != nil && valid(leaf.Leaf, now) && !due(leaf.Leaf, now) &&
		leaf.Leaf.CheckSignatureFrom(signer.certificate) == nil
}

// mayServe reports whether candidate may be served instead of served, which is
// nil at first. Settled says that the callers have trusted the candidate's
// authority long enough for all API servers to have noticed.
func mayServe(served, candidate *tls.Certificate, l live, settled bool, now time.Time) bool {
	switch {
	case served == nil, l.absent():
		return true
	case l.verify(candidate.Leaf, now) != nil:
		return false
	case l.verify(served.Leaf, now) != nil:
		return true // There is nothing to lose.
	}
	return settled
}
