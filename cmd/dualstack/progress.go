package main

import (
	"fmt"
	"io"

	"github.com/dualstack-dev/webhook/terminal"
)

// progress is a line on a terminal that says how far a command has come. Where
// nobody is at the other end there is none.
type progress struct{ w io.Writer }

func newProgress(w io.Writer) progress {
	if !isTerminal(w) {
		w = io.Discard
	}
	return progress{w}
}

// eraseLine goes back to the beginning of the line and erases it, as terminals
// have done since the VT100.
const eraseLine = "\r\x1b[K"

// show says how many objects of a kind were read.
func (p progress) show(kind string, done int) {
	fmt.Fprintf(p.w, "%sreading: %d of kind %s", eraseLine, done, terminal.Printable(kind))
}

// clear makes room for the answer.
func (p progress) clear() { fmt.Fprint(p.w, eraseLine) }
