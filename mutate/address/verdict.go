package address

// Verdict says what became of a value. The zero Verdict is NotUnderstood.
type Verdict uint8

// The verdicts. Only of Changed is the value another one.
const (
	// NotUnderstood is the verdict on text that does not follow its grammar.
	NotUnderstood Verdict = iota
	// Changed is the verdict on a value that now serves both families.
	Changed
	// AlreadyDual is the verdict on a value that does so as it is.
	AlreadyDual
	// Kept is the verdict on what its author has chosen: a loopback address, one
	// address, a name, one family.
	Kept
)

// String returns the words for v.
func (v Verdict) String() string {
	switch v {
	case Changed:
		return "changed"
	case AlreadyDual:
		return "already dual-stack"
	case Kept:
		return "kept"
	default:
		return "not understood"
	}
}
