// Package mutate decides what must change in a Pod or a Service for it to serve
// both IP families, and says why.
//
// Its functions are pure and total: the same arguments give the same [Result],
// there is no error, and nothing is read but the arguments. What cannot be
// understood is left alone, with a note. What a [Result] changes, it changes
// once: applied to its own output it is empty.
//
// The vocabulary is that of core/v1 and RFC 6902. A [Policy] is what a
// namespace wants, [Facts] are what is known about the cluster, a [Note] is one
// decision, and its [Code] is the decision's kind.
package mutate
