// Package servers starts real servers in network namespaces of their own, with
// the command lines that dualstack.dev/servers leads to, and sidecars with those
// of fixtures, and asks them something over IPv4 and over IPv6. It has nothing but
// tests.
//
// A kernel is what a Pod finds: with IPv6; with IPv6 turned off, as on nodes of
// one family; and with sockets of one family only.
package servers
