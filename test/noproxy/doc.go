// Package noproxy gives lists of what is reached without a proxy, as authors write
// them and as pods.noProxy extends them, to the programs that read them, and sees
// whom they ask: the host, or the proxy. What is wanted is the table of
// docs/reference/no-proxy.md. It has nothing but tests.
package noproxy
