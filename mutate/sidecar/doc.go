// Package sidecar holds what is known about each sidecar, as data: one YAML
// file for each.
//
// A [Profile] says how a sidecar is recognised, which of its settings matter, how
// each is written and what serves both IP families in it, and what stands against
// changing it. A [Set] is profiles that go together, looked up by the names of a
// Pod's containers.
package sidecar
