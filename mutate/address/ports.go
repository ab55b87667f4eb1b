package address

import "slices"

// neighbours says what there is among the items of a list that may have one port.
type neighbours struct {
	target  bool // a host that serves both families
	subject bool // a host that the target is about
	ipv6    bool // an IPv6 address
}

func (n neighbours) and(other neighbours) neighbours {
	return neighbours{n.target || other.target, n.subject || other.subject, n.ipv6 || other.ipv6}
}

// ports holds the neighbours of each port, so that a list of any length is gone
// through once.
type ports struct {
	byPort map[string]neighbours
	all    neighbours
}

func (t Target) ports(items []item) ports {
	p := ports{byPort: make(map[string]neighbours, len(items))}
	for _, i := range items {
		n := neighbours{
			target:  slices.Contains(t.hosts, i.host),
			subject: i.host == t.subject(),
			ipv6:    i.host.isIPv6(),
		}
		p.byPort[i.port] = p.byPort[i.port].and(n)
		p.all = p.all.and(n)
	}
	return p
}

// of returns what may have the port of i. That of a scheme is not known here, so an
// item without one may have any.
func (p ports) of(i item) neighbours {
	if i.port == "" {
		return p.all
	}
	return p.byPort[i.port].and(p.byPort[""])
}
