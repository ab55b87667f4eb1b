package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/setting"
)

// foundServer is a server in a container that its author named.
type foundServer struct {
	server.Server
	container foundContainer
}

// serverValue is the value of one setting where it stands.
type serverValue struct {
	setting.Value
	setting *setting.Setting
	path    patch.Path
	verdict address.Verdict
}

func (v serverValue) needsIPv6() bool { return v.setting.NeedsIPv6() }

// values returns those of what the container tells its server that decide: where
// one changes those that change, then those that serve both families, then those
// that cannot be read, and last those that stay. They all have the same verdict.
func (s foundServer) values() []serverValue {
	values := s.all()
	for _, verdict := range []address.Verdict{address.Changed, address.AlreadyDual, address.NotUnderstood} {
		if decisive := withVerdict(values, verdict); len(decisive) > 0 {
			return decisive
		}
	}
	return values
}

func withVerdict(values []serverValue, verdict address.Verdict) []serverValue {
	return slices.DeleteFunc(slices.Clone(values), func(v serverValue) bool { return v.verdict != verdict })
}

// all returns what the container tells its server, in the order of the settings.
func (s foundServer) all() []serverValue {
	var values []serverValue
	for i := range s.Settings {
		setting := &s.Settings[i]
		if setting.Env != "" {
			values = append(values, s.variable(setting)...)
			continue
		}
		found, verdict := setting.InArguments(s.container.argv())
		values = slices.Grow(values, len(found))
		for _, v := range found {
			one := serverValue{v, setting, s.container.argument(v.Index), verdict}
			if verdict == address.Changed && v.Old == v.New {
				one.verdict = address.Kept
			}
			values = append(values, one)
		}
	}
	return values
}

// variable returns the value of a variable; none if there is none.
func (s foundServer) variable(setting *setting.Setting) []serverValue {
	i, v, found := s.container.variable(setting.Env)
	if !found {
		return nil
	}
	value := serverValue{setting: setting, path: s.container.path().Field("env").Index(i).Field("value")}
	value.Old, value.New = v.Value, v.Value
	if v.ValueFrom == nil {
		value.New, value.verdict = setting.Grammar.Rewrite(v.Value, setting.Target)
	}
	value.Argument = value.New
	return []serverValue{value}
}

// hasOption reports whether the container has an option that stands against a
// change. A variable whose value comes from elsewhere may be one.
func (s foundServer) hasOption() bool {
	return slices.ContainsFunc(s.Unless, func(o server.Option) bool {
		_, v, found := s.container.variable(o.Env)
		found = found && o.Env != "" // Some options are arguments alone.
		return o.InArguments(s.container.argv()) || found && (v.ValueFrom != nil || o.Matches(v.Value))
	})
}

// write changes the values.
func (s foundServer) write(r *recorder, values []serverValue) {
	list, length := s.container.lastArguments()
	for _, v := range values {
		if len(v.Append) == 0 {
			r.patch.Replace(v.path, v.Argument)
		}
		for _, argument := range v.Append {
			r.patch.Append(list, length, argument)
			length++
		}
	}
}

// note returns the note about the value where the server came to code. Text that
// is not an address may be anything, so it is not told.
func (v serverValue) note(code Code, part string) Note {
	n := Note{Code: code, Path: v.path, Part: part}
	if v.verdict != address.NotUnderstood {
		n.Old, n.New = v.Old, v.Old
	}
	if code == CodeServerRewritten {
		n.New = v.New
	}
	return n
}
