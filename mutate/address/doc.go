// Package address reads and rewrites texts that hold addresses, each by a
// declared grammar. Text that does not follow its grammar is left alone.
//
// A [Grammar] says how the value of a setting is written, a [Target] what serves
// both IP families in the program that reads it, and a [Verdict] what became of
// the value. The same text is right in one program and fatal in the next, so
// neither is ever guessed.
package address
