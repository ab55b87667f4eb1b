package mutate

import (
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/setting"
)

// servers decides about the servers that the author of the Pod names.
func (c *podCase) servers() {
	text, ok := c.Metadata.Annotations[KeyServers]
	if !ok {
		return
	}
	asked, ok := parseServers(text)
	if !ok {
		c.note(Note{Code: CodeInvalidSetting, Path: pathServers, Old: text, New: text})
		return
	}
	for _, a := range asked {
		if c.policy.givenUp() {
			return
		}
		c.verdicts = append(c.verdicts, verdict{name: a.String(), code: c.askedServer(a)})
	}
}

// NamesServer returns whether the annotations of a Pod name a server that is known
// as what the container runs: then what it listens at is decided about.
func (p Policy) NamesServer(annotations map[string]string) func(container string) bool {
	asked, _ := parseServers(annotations[KeyServers])
	return func(container string) bool {
		return slices.ContainsFunc(asked, func(a askedServer) bool {
			return a.container == container && slices.ContainsFunc(p.Servers, func(s server.Server) bool { return s.Name == a.server })
		})
	}
}

var pathServers = pathAnnotations.Field(KeyServers)

// askedServer is an entry of the annotation: "web=gunicorn".
type askedServer struct{ container, server string }

// String returns the name of the server in the status: "web/gunicorn".
func (a askedServer) String() string { return a.container + "/" + a.server }

// parseServers returns false if text is not a list of entries, each about another
// container, or is longer than any that is parsed.
func parseServers(text string) ([]askedServer, bool) {
	if len(text) > limits[Parsed].Max {
		return nil, false
	}
	var asked []askedServer
	seen := map[string]bool{}
	for entry := range strings.SplitSeq(text, ",") {
		container, name, _ := strings.Cut(entry, "=")
		if !isLabel(container) || !isLabel(name) || seen[container] {
			return nil, false
		}
		asked = append(asked, askedServer{container, name})
		seen[container] = true
	}
	return asked, true
}

// isLabel reports whether text is made as the name of a container is.
func isLabel(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// askedServer decides about one server, and returns the code of the decision.
func (c *podCase) askedServer(a askedServer) Code {
	known := slices.IndexFunc(c.policy.Servers, func(s server.Server) bool { return s.Name == a.server })
	container, found := c.findContainer(a.container)
	switch {
	case known < 0:
		return c.refuseEntry(CodeServerUnknown, a)
	case !found:
		return c.refuseEntry(CodeServerContainer, a)
	}
	s := foundServer{Server: c.policy.Servers[known], container: container}
	values := s.values()
	code := c.serverCode(s, values)
	if code == CodeServerRewritten {
		s.write(&c.recorder, values)
	}
	if len(values) == 0 {
		c.note(Note{Code: code, Path: container.path(), Part: a.String()})
	}
	for _, v := range values {
		c.note(v.note(code, a.String()))
	}
	return code
}

func (c *podCase) refuseEntry(code Code, a askedServer) Code {
	entry := a.container + "=" + a.server
	c.note(Note{Code: code, Path: pathServers, Part: a.String(), Old: entry, New: entry})
	return code
}

// serverCode returns the first reason not to change the server, or
// CodeServerRewritten. What the author wrote comes before what is known about the
// Pod, so that a server that needs nothing is never refused.
func (c *podCase) serverCode(s foundServer, values []serverValue) Code {
	switch {
	case s.AlreadyDual:
		return CodeAlreadyDual
	case len(s.Settings) == 0:
		return CodeServerElsewhere
	case len(values) == 0 && setting.RunsShell(s.container.argv()):
		return CodeServerShell
	case len(values) == 0:
		return CodeServerNoAddress
	}
	switch values[0].verdict {
	case address.Changed:
		return c.changedServerCode(s, values)
	case address.AlreadyDual:
		return CodeAlreadyDual
	case address.Kept:
		return CodeServerKept
	default:
		return CodeServerUnreadable
	}
}

// changedServerCode returns the first reason against a change that is due.
func (c *podCase) changedServerCode(s foundServer, values []serverValue) Code {
	reason := refuseNetwork(c.PodView)
	if slices.ContainsFunc(values, serverValue.needsIPv6) {
		reason = refuseIPv6(c.PodView, c.policy.Facts)
	}
	switch {
	case s.hasOption():
		return CodeServerOption
	case c.mirror():
		return CodeMirrorPod
	case c.fragile:
		return CodeSidecarOverrides
	case c.uncovered:
		return CodeSidecarNotDual
	case reason != "":
		return reason
	}
	return CodeServerRewritten
}

// findContainer returns the container of that name.
func (c *podCase) findContainer(name string) (foundContainer, bool) {
	for _, container := range c.containers {
		if container.Name == name {
			return container, true
		}
	}
	return foundContainer{}, false
}
