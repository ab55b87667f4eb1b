// Package address reads and rewrites texts that hold addresses, each by a
// declared grammar. Text that does not follow its grammar is left alone.
package address
