// Package audit looks for what treats the two IP families differently in objects
// that this project never changes: those of Istio's own API, and what the author
// of a Pod tells its proxy. What it finds is advice for people, with a [Code]
// from a closed set.
//
// Its functions are pure, one for each kind. An object with the label
// dualstack.dev/mode: "off" gets no advice.
//
// What Istio does with each field was read in its source, version 1.31; the
// comments name the files.
package audit
