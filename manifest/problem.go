package manifest

import (
	"errors"
	"fmt"
	"strings"
)

// A problemError is what is wrong, and at which node. It becomes an error with
// a line where the document is known.
type problemError struct {
	at   int
	text string
}

func problem(n *node, format string, args ...any) error {
	return &problemError{at: int(n.start), text: fmt.Sprintf(format, args...)}
}

// Error returns the problem without its place.
func (e *problemError) Error() string {
	return e.text
}

// locate returns err with the line of the file.
func (p *Parsed) locate(err error) error {
	at := 0
	if e, ok := errors.AsType[*problemError](err); ok {
		at = max(e.at, 0)
	}
	return fmt.Errorf("line %d: %w", p.line(at), err)
}

// line returns the line of the file that the offset at is on.
func (p *Parsed) line(at int) int {
	return p.firstLine + strings.Count(p.text[:at], "\n")
}
