// Package test proves the product from the outside: one fixture goes through
// the core and through a real kube-apiserver, and the packages keep the order
// that the design gives them.
package test
