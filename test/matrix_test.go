package test

import (
	"fmt"
	"strings"

	"github.com/dualstack-dev/webhook/mutate"
)

// cell is one Service of the matrix, by its coordinates.
type cell struct {
	typ      string
	headless bool
	selector bool
	policy   string // empty for none
	families string // as v4v6; empty for none
	ips      string // the cluster IPs that are named, as families are
}

// cells returns every combination. Some of them no API server accepts.
func cells() []cell {
	var all []cell
	for _, typ := range []string{"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"} {
		for _, headless := range []bool{false, true} {
			for _, selector := range []bool{false, true} {
				for _, policy := range []string{"", "SingleStack", "PreferDualStack", "RequireDualStack"} {
					for _, families := range []string{"", "v4", "v6", "v4v6", "v6v4"} {
						for _, ips := range []string{"", "v4", "v6", "v4v6", "v6v4"} {
							all = append(all, cell{typ, headless, selector, policy, families, ips})
						}
					}
				}
			}
		}
	}
	return all
}

// String names a cell by its coordinates.
func (c cell) String() string {
	return fmt.Sprintf("Type:%s_Headless:%s_Selector:%s_Policy:%s_Families:%s_ClusterIPs:%s",
		c.typ, yesNo(c.headless), yesNo(c.selector), orUnset(c.policy), orUnset(c.families), orUnset(c.ips))
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func orUnset(word string) string {
	if word == "" {
		return "unset"
	}
	return word
}

// both reports whether the author names both families.
func (c cell) both() bool { return len(c.families) == 4 || len(c.ips) == 4 }

// object returns the Service as its author writes it. Of the cluster IPs that
// are named each number has its own.
func (c cell) object(name string, number int) map[string]any {
	spec := map[string]any{"type": c.typ, "ports": []any{map[string]any{"port": int64(80)}}}
	if c.typ == "ExternalName" {
		spec["externalName"] = "example.com"
	}
	if c.selector {
		spec["selector"] = map[string]any{"app": "web"}
	}
	if c.policy != "" {
		spec["ipFamilyPolicy"] = c.policy
	}
	if c.families != "" {
		spec["ipFamilies"] = split(c.families, "IPv4", "IPv6")
	}
	ips := split(c.ips, fmt.Sprintf("10.96.%d.%d", 100+number/250, 1+number%250), fmt.Sprintf("fd00:10:96::%x", 0x7000+number))
	if c.headless {
		ips = append([]any{"None"}, ips...)
	}
	if len(ips) > 0 {
		spec["clusterIP"], spec["clusterIPs"] = ips[0], ips
	}
	return map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name}, "spec": spec}
}

// split returns a value for each of the families in words like v4v6.
func split(families, v4, v6 string) []any {
	var values []any
	for ; families != ""; families = families[2:] {
		if strings.HasPrefix(families, "v4") {
			values = append(values, v4)
		} else {
			values = append(values, v6)
		}
	}
	return values
}

// setting is what a Namespace may say about its Services.
type setting struct {
	name        string
	annotations map[string]string
	require     bool
	primary     string // as in cell.families
	headlessOff bool
	balancers   bool
}

func settings() []setting {
	return []setting{
		{name: "default"},
		{name: "require", require: true, annotations: map[string]string{mutate.KeyPolicy: "RequireDualStack"}},
		{name: "primary-v6", primary: "v6", annotations: map[string]string{mutate.KeyPrimaryFamily: "IPv6"}},
		{name: "primary-v4", primary: "v4", balancers: true, annotations: map[string]string{mutate.KeyPrimaryFamily: "IPv4", mutate.KeyLoadBalancers: "enabled"}},
		{name: "all", require: true, primary: "v6", headlessOff: true, balancers: true, annotations: map[string]string{
			mutate.KeyPolicy: "RequireDualStack", mutate.KeyPrimaryFamily: "IPv6", mutate.KeyHeadless: "disabled", mutate.KeyLoadBalancers: "enabled",
		}},
	}
}

// promise returns the Service that its author gets: another cell, which they
// could have written themselves. It is the table of docs/reference/services.md,
// written a second time and in another shape.
func (c cell) promise(s setting, known mutate.State) cell {
	unset := c.policy == ""
	switch {
	case c.typ == "ExternalName", c.policy == "SingleStack", known == mutate.Disabled:
		return c
	case unset && !c.both() && (c.families != "" || c.ips != "" && !c.headless):
		return c
	case c.headless && unset && (!c.selector || s.headlessOff && !c.both()):
		return c
	case c.typ == "LoadBalancer" && !s.balancers && !c.both():
		return c
	}
	if unset {
		c.policy = "PreferDualStack"
		if s.require && known == mutate.Enabled {
			c.policy = "RequireDualStack"
		}
	}
	if s.primary != "" && known == mutate.Enabled && !c.headless && c.families == "" && c.ips == "" {
		c.families = s.primary
	}
	return c
}

// status returns what the annotation says of the difference.
func (c cell) status(promised cell) string {
	var status []string
	if promised.policy != c.policy {
		status = append(status, "ipFamilyPolicy="+promised.policy)
	}
	if promised.families != c.families {
		status = append(status, "ipFamilies="+split(promised.families, "IPv4", "IPv6")[0].(string))
	}
	return strings.Join(status, ",")
}
