// Package network gives a test a network of its own: a network namespace in which
// it may take addresses and name hosts, and turn IPv6 off. It is made with the rights
// of a user namespace, so the tests need no root. Nothing outside sees it.
package network
