package mutate

import (
	"strconv"

	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// settingState says whether a setting holds the value that its profile asks
// for.
type settingState uint8

const (
	settingAbsent settingState = iota
	settingOn
	settingOther // another value, or one that cannot be read here
)

// foundSetting is one variable of one container.
type foundSetting struct {
	env       sidecar.Env
	container foundContainer
	index     int // of the variable; where it is absent, of the one to append
	path      patch.Path
	state     settingState
	value     string
}

// settings returns the variables of the profile in each of the containers.
func (s foundSidecar) settings(m *MetadataView) []foundSetting {
	var settings []foundSetting
	for _, c := range s.containers {
		appended := len(c.Env)
		for _, env := range s.profile.Env {
			found := findSetting(c, env)
			if found.state == settingAbsent {
				found.index = appended
				appended++
			}
			found.path = c.path.Field("env").Index(found.index)
			settings = append(settings, found.orChoice(m))
		}
	}
	return settings
}

// findSetting looks for a variable.
func findSetting(c foundContainer, env sidecar.Env) foundSetting {
	i, v, found := c.variable(env.Name)
	if !found {
		return foundSetting{env: env, container: c}
	}
	return foundSetting{env: env, container: c, index: i, state: stateOf(v, env), value: v.Value}
}

func stateOf(v EnvVarView, env sidecar.Env) settingState {
	if v.ValueFrom != nil || !asks(v.Value, env) {
		return settingOther
	}
	return settingOn
}

// asks compares booleans as Istio reads them: "1" and "True" are true.
func asks(value string, env sidecar.Env) bool {
	got, err := strconv.ParseBool(value)
	want, _ := strconv.ParseBool(env.Value)
	return err == nil && got == want
}

// orChoice returns s, or, if it is absent, what the author chose in an annotation
// that injection did not follow.
func (s foundSetting) orChoice(m *MetadataView) foundSetting {
	if s.state != settingAbsent {
		return s
	}
	value, ok, err := s.env.Choice.Value(m.Annotations, s.env.Name)
	if err != nil || ok && !asks(value, s.env) {
		s.state, s.value = settingOther, value
		s.path = patch.Path("/metadata/annotations").Field(s.env.Choice.Annotation)
	}
	return s
}

func every(settings []foundSetting, state settingState) bool {
	for _, s := range settings {
		if s.state != state {
			return false
		}
	}
	return true
}

func some(settings []foundSetting, state settingState) bool {
	for _, s := range settings {
		if s.state == state {
			return true
		}
	}
	return false
}
