// Package collect reads a cluster for an audit: with the rights of who asks, in
// pages, and keeping nothing of what it has read but findings.
//
// What may not be read is a finding too, and ends nothing.
package collect
