// Package cluster finds out what is known about the cluster: whether Services and Pods
// get addresses of both IP families, what the control planes of meshes are, and which
// namespaces their injectors can reach.
//
// [Facts] are all of it, looked at once by a command, or again and again in the
// background. Whoever decides about a request takes what is known at that moment,
// without waiting: what is not known is unknown, and never taken for a yes. What cannot
// be read keeps its last answer for [UnknownAfter], and has an age from the start.
package cluster
