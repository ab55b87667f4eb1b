package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// Wanted is what the decision about one Pod reads of its containers. The rest need
// not be decoded: the decision is the same. The zero Wanted is nothing but names.
type Wanted struct {
	profiles sidecar.Set
	servers  map[string]server.Server // by the container that runs it
	noProxy  bool
}

// Wanted returns what the decision about a Pod with this metadata reads of its
// containers, under the policy p of its namespace.
func (p Policy) Wanted(m *MetadataView) Wanted {
	if m == nil || p.leavesAlone(m) {
		return Wanted{}
	}
	p = p.With(m)
	return Wanted{profiles: p.Profiles, servers: p.serversOf(m), noProxy: p.NoProxy}
}

// leavesAlone reports whether the mode of the namespace or of the object says so.
func (p Policy) leavesAlone(m *MetadataView) bool { return p.Mode.off() || m.optedOut() }

// serversOf returns the servers that the annotation of a Pod names and that are
// known.
func (p Policy) serversOf(m *MetadataView) map[string]server.Server {
	asked, _ := parseServers(m.Annotations[KeyServers])
	var servers map[string]server.Server
	for _, a := range asked {
		i := slices.IndexFunc(p.Servers, func(s server.Server) bool { return s.Name == a.server })
		if i < 0 {
			continue
		}
		if servers == nil {
			servers = map[string]server.Server{}
		}
		servers[a.container] = p.Servers[i]
	}
	return servers
}

// ContainerWanted is what is read of one container, beside its name. The zero
// ContainerWanted is nothing.
type ContainerWanted struct {
	// Arguments says that the command and the arguments are read.
	Arguments bool

	// The names of the variables that are read.
	sidecar, server, noProxy []string
}

// Of returns what is read of the container of that name.
func (w Wanted) Of(container string) ContainerWanted {
	reads := w.profiles.Reads(container)
	c := ContainerWanted{Arguments: reads.Arguments, sidecar: reads.Env}
	if w.noProxy {
		c.noProxy = noProxyVariables
	}
	if s, ok := w.servers[container]; ok {
		c.server, c.Arguments = s.Variables(), true
	}
	return c
}

// Variables reports whether any variable is read.
func (c ContainerWanted) Variables() bool {
	return len(c.sidecar)+len(c.server)+len(c.noProxy) > 0
}

// Variable returns the name of a variable that is read, and "" for any other. It
// takes bytes so that a name that nobody asks for costs no string.
func (c ContainerWanted) Variable(name []byte) string {
	for _, list := range [...][]string{c.sidecar, c.noProxy, c.server} {
		for _, known := range list {
			if known == string(name) {
				return known
			}
		}
	}
	return ""
}
