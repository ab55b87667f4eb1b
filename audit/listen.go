package audit

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Words in the name of a flag or a variable. One of listenWords says that its
// value is listened at, and one of hostWords that 0.0.0.0 is, which hardly anybody
// dials. One of otherWords says that it is dialled, or told to others.
var (
	listenWords = []string{"listen", "listener", "listeners", "bind"}
	hostWords   = []string{"addr", "address", "addresses", "host", "urls"}
	otherWords  = []string{
		"advertise", "advertised", "announce", "connect", "endpoint", "endpoints", "exporter", "external", "public", "remote", "target", "targets",
		"upstream", "upstreams",
	}
)

// listens returns the IPv4 addresses that a container says it listens at. It is
// conservative: the name of the flag or the variable has to say so, and the whole
// value has to be an address, an address with a port, or a URL of one. Many
// programs take 0.0.0.0 for both families, so this is something to look at.
func listens(path patch.Path, c *corev1.Container) []Finding {
	findings := slices.Concat(
		listenFlags(path.Field("command"), c.Command),
		listenFlags(path.Field("args"), c.Args),
	)
	for i, v := range c.Env {
		if isListened(v.Name, v.Value) {
			findings = append(findings, Finding{CodeListenIPv4, path.Field("env").Index(i).Field("value"), v.Name + "=" + v.Value})
		}
	}
	return findings
}

// listenFlags looks at --flag=value, and at --flag and value. What follows -- is
// for another program.
func listenFlags(path patch.Path, words []string) []Finding {
	var findings []Finding
	for i, word := range words {
		if word == "--" {
			return findings
		}
		flag, value, joined := strings.Cut(word, "=")
		at := i
		if !joined && i+1 < len(words) {
			value, at = words[i+1], i+1
		}
		if strings.HasPrefix(flag, "-") && isListened(flag, value) {
			findings = append(findings, Finding{CodeListenIPv4, path.Index(at), flag + "=" + value})
		}
	}
	return findings
}

// isListened reports whether value is an IPv4 address that name says is listened
// at. Of a loopback address nothing is said: nobody else comes there.
func isListened(name, value string) bool {
	address, ok := parseListen(value)
	if !ok || !address.Is4() || address.IsLoopback() {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(kebab(name)), func(r rune) bool { return strings.ContainsRune("-_.", r) })
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) })
	}
	return !has(otherWords) && (has(listenWords) || has(hostWords) && address.IsUnspecified())
}

// kebab puts hyphens between the words of camel case.
func kebab(name string) string {
	var out strings.Builder
	var lower bool
	for _, r := range name {
		upper := 'A' <= r && r <= 'Z'
		if upper && lower {
			out.WriteByte('-')
		}
		lower = 'a' <= r && r <= 'z'
		out.WriteRune(r)
	}
	return out.String()
}

// parseListen returns the address of a value that is one, with or without a port,
// or a URL of one and nothing more.
func parseListen(value string) (netip.Addr, bool) {
	if strings.Contains(value, "://") {
		u, err := url.Parse(value)
		if err != nil || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return netip.Addr{}, false
		}
		value = u.Host
	}
	if address, err := netip.ParseAddr(value); err == nil {
		return address, true
	}
	listen, err := netip.ParseAddrPort(value)
	return listen.Addr(), err == nil
}
