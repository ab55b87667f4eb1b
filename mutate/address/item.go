package address

import (
	"strconv"
	"strings"
)

// item is one address of a value: its host, and the text before and behind it,
// which no rewriting changes.
type item struct {
	text   string // the whole
	before string // the scheme of a URL with its "://"
	host   host
	port   string // empty where there is none
	after  string // the port with its colon, and the path of a URL
	socket bool   // not an address but a socket of this machine
}

// parseItem reads one item. A port is a number without leading zeros, as netip
// reads it.
func (g Grammar) parseItem(text string) (item, bool) {
	i := item{text: text}
	var ok bool
	switch g.form {
	case formHost:
		i.host, ok = parseHost(text)
		ok = ok || text == ""
	case formBracketed:
		i.host, ok = parseBracketed(text)
	case formRedis:
		i.host, ok = parseRedis(text)
	case formHostPort, formOptionalHostPort:
		ok = g.parseHostPort(&i)
	case formURL:
		ok = parseURL(&i)
	}
	return i, ok
}

// parseBracketed reads a host in which an IPv6 address, and nothing else, has
// brackets.
func parseBracketed(text string) (host, bool) {
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	h, ok := parseHost(inner)
	return h, ok && opened == closed && opened == h.isIPv6()
}

// parseRedis reads an address as Redis does:
// https://github.com/redis/redis/blob/7.0.0/redis.conf#L50-L88
func parseRedis(text string) (host, bool) {
	switch text = strings.TrimPrefix(text, "-"); text {
	case "*":
		return unspecified4, true
	case "::*":
		return unspecified6, true
	}
	h, ok := parseHost(text)
	return h, ok && h.word != "+"
}

func (g Grammar) parseHostPort(i *item) bool {
	if i.socket = isSocket(i.text); i.socket {
		return true
	}
	colon := strings.LastIndexByte(i.text, ':')
	if colon < 0 {
		return false
	}
	i.port, i.after = i.text[colon+1:], i.text[colon:]
	if colon == 0 {
		i.host = unspecified4
		return g.form == formOptionalHostPort && isPort(i.port)
	}
	var ok bool
	i.host, ok = parseBracketed(i.text[:colon])
	return ok && isPort(i.port)
}

// parseURL reads a scheme, a host, a port and a path: no user, no query, and
// nothing that another program would expand or that needs to be escaped.
func parseURL(i *item) bool {
	if i.socket = isSocket(i.text); i.socket {
		return true
	}
	scheme, rest, ok := strings.Cut(i.text, "://")
	if !ok || !isWord(scheme) {
		return false
	}
	authority, path := rest, ""
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, path = rest[:slash], rest[slash:]
	}
	if strings.Trim(path, nameBytes+"/.~%") != "" {
		return false
	}
	i.before, i.after = scheme+"://", path
	name := authority
	if colon := strings.LastIndexByte(authority, ':'); colon >= 0 && !strings.HasSuffix(authority, "]") {
		name, i.port, i.after = authority[:colon], authority[colon+1:], authority[colon:]+path
		if !isPort(i.port) {
			return false
		}
	}
	i.host, ok = parseBracketed(name)
	return ok
}

// isSocket reports whether text is a Unix socket or an open file.
func isSocket(text string) bool {
	return strings.HasPrefix(text, "unix:") || strings.HasPrefix(text, "fd:")
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == text
}

// with returns the text of i with another host.
func (g Grammar) with(i item, h host) string {
	switch g.form {
	case formHost:
		return h.String()
	case formRedis:
		return "-" + redisWord(h)
	default:
		return i.before + h.bracketed() + i.after
	}
}

// redisWord returns what Redis calls h. It says "::*" for all IPv6 addresses.
func redisWord(h host) string {
	if h == unspecified6 {
		return "::*"
	}
	return h.String()
}
