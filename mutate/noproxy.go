package mutate

import (
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// noProxyVariables are the two names of one setting. Programs read either; where both
// are set Go prefers the first, curl and Python the second.
var noProxyVariables = []string{"NO_PROXY", "no_proxy"}

// noProxy adds what is reached without a proxy to the containers that say so of
// something already. Of several lists the verdict is on one that changes, then on one
// that stays without what is missing.
func (c *podCase) noProxy() {
	if !c.policy.NoProxy {
		return
	}
	v := verdict{name: "no-proxy"}
	for _, container := range c.containers {
		if c.policy.givenUp() {
			return
		}
		for _, variable := range c.noProxyOf(container) {
			c.note(variable.note())
			if v.code == "" || v.code == CodeAlreadyDual || variable.code == CodeNoProxyExtended {
				v.code = variable.code
			}
			if variable.code == CodeNoProxyExtended {
				c.patch.Replace(variable.path, variable.new)
			}
		}
	}
	if v.code != "" {
		c.verdicts = append(c.verdicts, v)
	}
}

// noProxyVariable is a variable of a container and what becomes of it.
type noProxyVariable struct {
	code     Code
	path     patch.Path
	old, new string
}

func (v noProxyVariable) note() Note {
	return Note{Code: v.code, Path: v.path, Part: "no-proxy", Old: v.old, New: v.new}
}

// noProxyOf returns the variables of a container. They change together or not at
// all: two that were equal stay so.
func (c *podCase) noProxyOf(container foundContainer) []noProxyVariable {
	var variables []noProxyVariable
	code := CodeAlreadyDual
	for i, name := range noProxyVariables {
		index, v, found := container.variable(name)
		follows := v.Value == "$("+noProxyVariables[1-i]+")" && v.ValueFrom == nil
		if !found || follows {
			continue
		}
		list, ok := c.policy.Bypass.Extend(v.Value)
		path := container.path().Field("env").Index(index)
		switch {
		case v.ValueFrom != nil || !ok:
			return []noProxyVariable{{code: CodeNoProxyKept, path: path}}
		case list != v.Value:
			code = c.noProxyCode()
			path = path.Field("value")
		}
		variables = append(variables, noProxyVariable{path: path, old: v.Value, new: list})
	}
	for i := range variables {
		v := &variables[i]
		if v.code = code; v.old == v.new {
			v.code = CodeAlreadyDual
		}
		if v.code != CodeNoProxyExtended {
			v.new = v.old
		}
	}
	return variables
}

// noProxyCode returns why a list that has something missing stays, or
// CodeNoProxyExtended.
func (c *podCase) noProxyCode() Code {
	switch {
	case c.mirror():
		return CodeMirrorPod
	case c.fragile:
		return CodeSidecarOverrides
	}
	return CodeNoProxyExtended
}
