package audit

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// PodSpec returns what in the spec of a Pod, at path, is of one IP family and is not
// decided about: containers of sidecars that are known are left out, and so is what
// a server listens at that the Pod names.
func PodSpec(path patch.Path, pod *corev1.Pod, policy mutate.Policy) []Finding {
	spec, namesServer := &pod.Spec, policy.NamesServer(pod.Annotations)
	findings := slices.Concat(dnsOptions(path, spec.DNSConfig), hostAliases(path, spec.HostAliases))
	for _, list := range []struct {
		name       string
		containers []corev1.Container
	}{
		{"initContainers", spec.InitContainers},
		{"containers", spec.Containers},
	} {
		for i := range list.containers {
			c := &list.containers[i]
			if len(policy.Profiles.Of(c.Name)) > 0 {
				continue
			}
			path := path.Field(list.name).Index(i)
			findings = append(findings, podAddresses(path, c)...)
			if !namesServer(c.Name) {
				findings = append(findings, listens(path, c)...)
			}
			findings = append(findings, probes(path, c)...)
		}
	}
	return findings
}

// dnsOptions returns the option that has the resolver ask for no IPv6 address:
// resolv.conf(5), glibc 2.36 and newer.
func dnsOptions(path patch.Path, config *corev1.PodDNSConfig) []Finding {
	if config == nil {
		return nil
	}
	i := slices.IndexFunc(config.Options, func(o corev1.PodDNSConfigOption) bool { return o.Name == "no-aaaa" })
	if i < 0 {
		return nil
	}
	return []Finding{{CodeDNSNoAAAA, path.Field("dnsConfig").Field("options").Index(i).Field("name"), "no-aaaa"}}
}

// hostAliases returns the names that have addresses of one family. The file hosts
// is all that is asked about a name that is in it.
func hostAliases(path patch.Path, aliases []corev1.HostAlias) []Finding {
	addresses := map[string][]string{}
	for _, alias := range aliases {
		for _, name := range alias.Hostnames {
			addresses[name] = append(addresses[name], alias.IP)
		}
	}
	var findings []Finding
	for i, alias := range aliases {
		single := func(name string) bool { return oneFamily(addresses[name]) }
		if familyOf(alias.IP) == ipv4 && slices.ContainsFunc(alias.Hostnames, single) {
			findings = append(findings, Finding{CodeHostAliasFamily, path.Field("hostAliases").Index(i).Field("ip"), alias.IP})
		}
	}
	return findings
}

// probes returns the hosts of probes that are IPv4 addresses. Without one, the
// kubelet asks the first address of the Pod.
func probes(path patch.Path, c *corev1.Container) []Finding {
	var findings []Finding
	for _, p := range []struct {
		name  string
		probe *corev1.Probe
	}{
		{"livenessProbe", c.LivenessProbe}, {"readinessProbe", c.ReadinessProbe}, {"startupProbe", c.StartupProbe},
	} {
		if p.probe == nil {
			continue
		}
		path := path.Field(p.name)
		if get := p.probe.HTTPGet; get != nil && isIPv4(get.Host) {
			findings = append(findings, Finding{CodeProbeHost, path.Field("httpGet").Field("host"), get.Host})
		}
		if tcp := p.probe.TCPSocket; tcp != nil && isIPv4(tcp.Host) {
			findings = append(findings, Finding{CodeProbeHost, path.Field("tcpSocket").Field("host"), tcp.Host})
		}
	}
	return findings
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

// podAddresses returns where a container puts a port after an address of the
// downward API, without brackets: of IPv6 that is no address. The API server
// expands $(NAME), and a shell ${NAME} and $NAME; $$(NAME) stands for itself.
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
func podAddresses(path patch.Path, c *corev1.Container) []Finding {
	var references []string
	for _, v := range c.Env {
		if ref := v.ValueFrom; ref != nil && ref.FieldRef != nil && slices.Contains([]string{"status.podIP", "status.hostIP"}, ref.FieldRef.FieldPath) {
			references = append(references, "$("+v.Name+")", "${"+v.Name+"}", "${env:"+v.Name+"}")
		}
	}
	if len(references) == 0 {
		return nil
	}
	var findings []Finding
	for _, t := range texts(path, c) {
		for _, reference := range references {
			if beforePort(t.text, reference) {
				findings = append(findings, Finding{CodePodAddressUnbracketed, t.path, reference + ":"})
				break
			}
		}
	}
	return findings
}

// beforePort reports whether reference stands in text with a port after it, and
// without brackets around it.
func beforePort(text, reference string) bool {
	for before, after := "", text; ; {
		head, tail, ok := strings.Cut(after, reference)
		if !ok {
			return false
		}
		before += head
		if len(tail) > 1 && tail[0] == ':' && strings.ContainsRune("0123456789$", rune(tail[1])) && !strings.HasSuffix(before, "$") {
			return true
		}
		before, after = before+reference, tail
	}
}

// text is one of a container's command, arguments and variables.
type text struct {
	path patch.Path
	text string
}

func texts(path patch.Path, c *corev1.Container) []text {
	var all []text
	for i, word := range c.Command {
		all = append(all, text{path.Field("command").Index(i), word})
	}
	for i, word := range c.Args {
		all = append(all, text{path.Field("args").Index(i), word})
	}
	for i, v := range c.Env {
		all = append(all, text{path.Field("env").Index(i).Field("value"), v.Value})
	}
	return all
}
