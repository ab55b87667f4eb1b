package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// SidecarCodes returns the codes that decisions about a sidecar can have, whatever
// its Pod says and is known of the cluster, in the order in which they count. Beside
// them stands CodeCaptureOpen, about a sidecar with lists of captured ranges.
func SidecarCodes(p *sidecar.Profile) []Code {
	var codes []Code
	for _, row := range sidecarRows {
		if row.may(p) {
			codes = append(codes, row.code)
		}
		if row.code == lastCode(p) {
			break
		}
	}
	return codes
}

// lastCode returns that of the row that holds in every Pod, if none above it does.
func lastCode(p *sidecar.Profile) Code {
	switch {
	case isRefused(p):
		return CodeSidecarSingleStack
	case isRecognised(p):
		return CodeSidecarUnknown
	case !hasSettings(p):
		return CodeAlreadyDual
	case hasSwitch(p):
		return CodeSwitchOff
	default:
		return CodeSidecarRewritten
	}
}

func isRefused(p *sidecar.Profile) bool    { return p.Outcome == sidecar.Refused }
func isRecognised(p *sidecar.Profile) bool { return p.Outcome == sidecar.Recognised }
func hasSwitch(p *sidecar.Profile) bool    { return p.Outcome == sidecar.OwnSwitch }
func isServing(p *sidecar.Profile) bool    { return !isRefused(p) && !isRecognised(p) }
func isMesh(p *sidecar.Profile) bool       { return p.Mesh }
func hasCapture(p *sidecar.Profile) bool   { return p.Capture != "" }

func hasSettings(p *sidecar.Profile) bool { return len(p.Settings) > 0 || len(p.CIDRLists) > 0 }

// mayBeUnknown holds where something may not be seen: a setting that is not there,
// an argument behind another program's name, the redirection, what overrules the rest.
func mayBeUnknown(p *sidecar.Profile) bool {
	return isRecognised(p) || hasCapture(p) || !p.Elsewhere.IsZero() || someSetting(p, func(s *sidecar.Setting) bool {
		return s.Absent == sidecar.AbsentUnknown || len(s.Flags) > 0
	})
}

func mayKeepAddress(p *sidecar.Profile) bool { return !p.Mesh && len(p.Settings) > 0 }

func mayBeTooOld(p *sidecar.Profile) bool {
	return p.Version.Annotation != "" || someSetting(p, func(s *sidecar.Setting) bool {
		return s.Absent == sidecar.AbsentTooOld || s.Absent == sidecar.AbsentSingle
	})
}

func mayChange(p *sidecar.Profile) bool {
	return len(p.CIDRLists) > 0 || someSetting(p, (*sidecar.Setting).Changes)
}

func mayChangeInMesh(p *sidecar.Profile) bool { return p.Mesh && mayChange(p) }

func mayNeedIPv6(p *sidecar.Profile) bool {
	return someSetting(p, func(s *sidecar.Setting) bool { return s.Changes() && s.NeedsIPv6() })
}

func mayWiden(p *sidecar.Profile) bool {
	return someSetting(p, func(s *sidecar.Setting) bool { return s.Changes() && s.Widens() })
}

func someSetting(p *sidecar.Profile, holds func(*sidecar.Setting) bool) bool {
	return slices.ContainsFunc(p.Settings, func(s sidecar.Setting) bool { return holds(&s) })
}
