package audit

// Level says what a finding asks of who reads it.
type Level uint8

// The levels, from least to most.
const (
	Info    Level = iota // to know: nothing is asked
	Advice               // to look: it is never changed by us
	Blocked              // to do what the cure says: a change is due and is not safe
	Todo                 // to take the next step, which changes it
)

// levels are their words, as the outputs spell them.
var levels = [...]string{Info: "info", Advice: "advice", Blocked: "blocked", Todo: "todo"}

// String returns the word for l.
func (l Level) String() string { return levels[l] }

// MarshalText is for JSON.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }
