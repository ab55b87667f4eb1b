// Package cluster finds out what is known about the cluster, in the background.
//
// A Watcher reads one object that the API server keeps about itself. Whoever
// decides about a request takes what is known at that moment, without waiting:
// what is not known is unknown, and never taken for a yes.
package cluster
