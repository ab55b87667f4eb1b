package mutate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/setting"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// settingState says whether a setting of a sidecar serves both families.
type settingState uint8

const (
	settingOn      settingState = iota
	settingChanged              // it becomes so
	settingKept                 // its author chose, or it cannot be read here
	settingTooOld               // it is not there, and should be
	settingSingle               // it is not there, and without the program serves one family
	settingUnknown              // it is not there, and what the program does is not known
)

// foundSetting is one setting of a sidecar: of one container, or of the Pod.
type foundSetting struct {
	rule  *sidecar.Setting
	state settingState
	path  patch.Path
	// value is what it is, and changed what it becomes.
	value, changed string
	// argument is what the argument becomes that holds the value.
	argument string
	// list is that of the variables, and length how many there are, if it is added
	// to them.
	list   patch.Path
	length int
}

// settings returns the settings of the profile: those of containers in the order of
// the Pod, and then those of the Pod itself.
func (s foundSidecar) settings(a *sidecar.Annotations) []foundSetting {
	var settings []foundSetting
	for _, c := range s.containers {
		length := len(c.Env)
		for i := range s.profile.Settings {
			rule := &s.profile.Settings[i]
			switch {
			case rule.Annotation != "" || !rule.Of(c.Name):
			case rule.Env != "":
				found := findVariable(c, rule, length)
				if found.list != "" {
					length++
					found = found.orChoice(a)
				}
				settings = append(settings, found)
			default:
				settings = append(settings, findArguments(c, rule)...)
			}
		}
	}
	for i := range s.profile.Settings {
		if rule := &s.profile.Settings[i]; rule.Annotation != "" {
			settings = append(settings, findAnnotation(a, rule))
		}
	}
	return settings
}

// stateOf returns the state of a value with this verdict.
func stateOf(verdict address.Verdict) settingState {
	switch verdict {
	case address.AlreadyDual:
		return settingOn
	case address.Changed:
		return settingChanged
	default:
		return settingKept
	}
}

// absentStates are the states of a setting that is not there.
var absentStates = map[sidecar.Absent]settingState{
	sidecar.AbsentAdded:   settingChanged,
	sidecar.AbsentDual:    settingOn,
	sidecar.AbsentTooOld:  settingTooOld,
	sidecar.AbsentSingle:  settingSingle,
	sidecar.AbsentUnknown: settingUnknown,
}

// findVariable looks for a variable. One that is not there would be the one behind
// the length that the list has by then. Injection sets one once: a second of its name
// is its author's, and there to overrule the first.
func findVariable(c foundContainer, rule *sidecar.Setting, length int) foundSetting {
	list := c.path().Field("env")
	if i, v, ok := c.variable(rule.Env); ok {
		found := foundSetting{rule: rule, path: list.Index(i), value: v.Value, state: settingKept}
		if v.ValueFrom == nil {
			text, verdict := rule.Rewrite(v.Value)
			found.changed, found.state = text, stateOf(verdict)
		}
		if found.state == settingChanged && c.repeats(rule.Env) {
			found.state = settingKept
		}
		return found
	}
	found := foundSetting{rule: rule, path: c.path(), state: absentStates[rule.Absent]}
	if found.state == settingChanged {
		found.path, found.changed = list.Index(length), rule.Target.String()
		found.list, found.length = list, length
	}
	return found
}

// orChoice returns f, which is to be added, unless the author chose otherwise in an
// annotation that injection did not follow.
func (f foundSetting) orChoice(a *sidecar.Annotations) foundSetting {
	value, ok, err := f.rule.Choice.Value(a, f.rule.Env)
	if err == nil && !ok {
		return f
	}
	if _, verdict := f.rule.Rewrite(value); err == nil && verdict == address.AlreadyDual {
		return f
	}
	f.state, f.value, f.list = settingKept, value, ""
	f.path = patch.Path("/metadata/annotations").Field(f.rule.Choice.Annotation)
	return f
}

// findArguments returns a setting for each occurrence that counts.
func findArguments(c foundContainer, rule *sidecar.Setting) []foundSetting {
	values, verdict := rule.In(c.argv())
	if len(values) == 0 {
		return []foundSetting{{rule: rule, path: c.path(), state: absentArgument(c, rule)}}
	}
	var found []foundSetting
	for _, v := range values {
		f := foundSetting{rule: rule, state: stateOf(verdict), value: v.Old, changed: v.New, argument: v.Argument}
		f.path = c.argument(v.Index)
		if f.state == settingChanged && v.New == v.Old {
			f.state = settingOn
		}
		found = append(found, f)
	}
	return found
}

// absentArgument returns the state of an argument that is not there. Behind "--" are
// those of another program, whatever that is, and what a shell is told is not read.
func absentArgument(c foundContainer, rule *sidecar.Setting) settingState {
	if argv := c.argv(); slices.Contains(argv, "--") || setting.RunsShell(argv) {
		return settingUnknown
	}
	return absentStates[rule.Absent]
}

func findAnnotation(a *sidecar.Annotations, rule *sidecar.Setting) foundSetting {
	key, value, ok := rule.Annotated(a)
	found := foundSetting{rule: rule, path: patch.Path("/metadata/annotations").Field(key), state: absentStates[rule.Absent]}
	if ok {
		_, verdict := rule.Rewrite(value)
		found.value, found.state = value, stateOf(verdict)
	}
	return found
}

// write makes the change.
func (f foundSetting) write(r *recorder) {
	switch {
	case f.list != "":
		r.patch.Append(f.list, f.length, corev1.EnvVar{Name: f.rule.Env, Value: f.changed})
	case f.rule.Env != "":
		r.patch.Replace(f.path.Field("value"), f.changed)
	default:
		r.patch.Replace(f.path, f.argument)
	}
}
