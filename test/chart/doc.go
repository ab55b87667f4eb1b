// Package chart tests charts/dualstack-webhook: what each of its values changes,
// that its schema takes nothing else, and that an API server takes all of it.
package chart
