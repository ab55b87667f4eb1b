// Package audit says what in a cluster treats the two IP families differently, and
// what is to become of it: of Pods that were created without their settings, of
// Services that are there already, and of what this project never changes.
//
//   - Advice is about single objects, and there is a function for each kind: [Pod],
//     [PodSpec], [Service], and [For] those of Istio's own and network policies. An
//     object with the label dualstack.dev/mode: "off" gets none.
//   - A [Plan] is what becomes of a Service, by [Upgrade] or [Revert].
//   - A [Survey] gathers all there is to say about a namespace, and a [Report] is
//     those of a cluster, with the next steps.
//
// Its functions are pure: package collect reads the cluster, and package render
// writes the report. What there is to say has a code from a closed set.
//
// What Istio does with each field was read in its source, version 1.31; the
// comments name the files.
package audit
