package mutate

import "fmt"

// Mode says how far to go in a namespace. The zero Mode is that of a namespace
// that has not opted in.
type Mode string

// The modes, as the label [KeyMode] spells them.
const (
	ModeOff    Mode = "off"    // leave the object alone
	ModeReport Mode = "report" // change nothing, say what would change
	ModePods   Mode = "pods"   // change Pods, report Services
	ModeApply  Mode = "apply"  // change both
)

// ParseMode returns the mode that a label's value names. On an error it returns
// ModeOff, which is always safe.
func ParseMode(value string) (Mode, error) {
	switch mode := Mode(value); mode {
	case ModeOff, ModeReport, ModePods, ModeApply:
		return mode, nil
	}
	return ModeOff, fmt.Errorf("%q is not a mode: use %s, %s, %s or %s", value, ModeReport, ModePods, ModeApply, ModeOff)
}

func (m Mode) off() bool             { return m == ModeOff || m == "" }
func (m Mode) changesPods() bool     { return m == ModePods || m == ModeApply }
func (m Mode) changesServices() bool { return m == ModeApply }
