package istio

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// oracle asks Istio's programs what becomes of a Pod with addresses of both
// families.
type oracle struct {
	runner
	template string
}

func newOracle(t *testing.T) *oracle {
	return &oracle{runner: runner{answers: map[string]string{}}, template: bootstrapTemplate(t)}
}

// rules are what iptables-restore and ip6tables-restore are given.
type rules struct {
	v4, v6 []string
}

// cidrs are the ranges of which the program is told that they belong together.
const cidrs = "10.96.0.0/12=fd00:10:96::/112,10.96.0.10/32=fd00:10:96::a/128,10.244.0.0/16=fd00:10:244::/56,192.0.2.0/24=2001:db8:2::/64"

// twins returns the ranges of IPv4 that Istio, or a Pod here, names, with those
// that mean the same in IPv6.
func twins() map[string]string {
	twins := map[string]string{
		"127.0.0.1/32": "::1/128",
		"127.0.0.6/32": "::6/128",
		"0.0.0.0/0":    "::/0",
	}
	for pair := range strings.SplitSeq(cidrs, ",") {
		v4, v6, _ := strings.Cut(pair, "=")
		twins[v4] = v6
	}
	return twins
}

// dual reports whether what happens to packets of one family happens to those of
// the other.
func (r rules) dual() bool {
	if len(r.v4) != len(r.v6) {
		return false
	}
	twins := twins()
	for i, rule := range r.v4 {
		words := strings.Fields(rule)
		for j, word := range words {
			if twin, ok := twins[word]; ok {
				words[j] = twin
			}
		}
		if strings.Join(words, " ") != strings.Join(strings.Fields(r.v6[i]), " ") {
			return false
		}
	}
	return true
}

// rules returns what is done about the Pod's traffic, by istio-init or by
// istio-cni. Nothing is for a Pod whose traffic is not captured.
func (o *oracle) rules(t *testing.T, pod *corev1.Pod) rules {
	t.Helper()
	if c := find(pod, "istio-init"); c != nil {
		return parseRules(o.run(t, "istio-iptables", environment(t, pod, c, podIPv4), func(string) []string { return c.Args }))
	}
	if find(pod, "istio-validation") == nil {
		return rules{}
	}
	data, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pod.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return parseRules(o.run(t, "istio-cni", nil, func(string) []string { return []string{file} }))
}

// parseRules reads what was given to the two programs, one after the other, among
// the commands that were run. A table that comes again is one of IPv6.
func parseRules(text string) rules {
	var r rules
	seen := map[string]bool{}
	into, table := &r.v4, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "* "):
			if table = line; seen[table] {
				into = &r.v6
			}
			seen[table] = true
		case line == "COMMIT":
			table = ""
		case table != "":
			*into = append(*into, table+" "+line)
		}
	}
	return r
}
