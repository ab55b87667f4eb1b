package noproxy

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/network"
)

// asked is who answered a program.
type asked struct {
	hosts   []string // that are added
	urls    []string
	answers map[string]map[string]string // by environment and URL
}

// ask runs the program with every list, as it is and extended, in a network where
// every URL has its host.
func (p program) ask(t *testing.T, rows []promise) asked {
	t.Helper()
	urls := others()
	for _, row := range rows {
		if !slices.Contains(urls, row.url) {
			urls = append(urls, row.url)
		}
	}
	var environments [][]string
	add := func(env []mutate.EnvVarView) {
		e := flat(env)
		if !slices.ContainsFunc(environments, func(known []string) bool { return slices.Equal(known, e) }) {
			environments = append(environments, e)
		}
	}
	for _, l := range lists() {
		add(l.environment())
		add(l.extended(t, hosts(rows)...))
	}
	k := task{Argv: p.argv, URLs: urls, Environments: environments}
	k.Addresses, k.Hosts = places(t, urls)
	o := network.Inside[outcome](t, k)
	if o.Trouble != "" {
		t.Fatal(o.Trouble)
	}
	a := asked{hosts(rows), urls, map[string]map[string]string{}}
	for i, e := range environments {
		answers := map[string]string{}
		for j, u := range urls {
			answers[u] = o.Answers[i][j]
		}
		a.answers[fmt.Sprint(e)] = answers
	}
	return a
}

// who returns who answered each URL in an environment.
func (a asked) who(env []mutate.EnvVarView) map[string]string {
	return a.answers[fmt.Sprint(flat(env))]
}

func flat(env []mutate.EnvVarView) []string {
	flat := []string{"PATH=" + os.Getenv("PATH")}
	for _, v := range env {
		flat = append(flat, v.Name+"="+v.Value)
	}
	return flat
}

// places returns the addresses in the URLs, and a file that names their other hosts.
func places(t *testing.T, urls []string) (addresses []netip.Addr, file string) {
	t.Helper()
	var names strings.Builder
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		addr, err := netip.ParseAddr(u.Hostname())
		switch {
		case err != nil:
			fmt.Fprintf(&names, "::1 %s\n", u.Hostname())
		case !slices.Contains(addresses, addr):
			addresses = append(addresses, addr)
		}
	}
	file = filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(names.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return addresses, file
}

// wantBoth wants some list to have sent a program to each URL without the proxy,
// and some over it: a URL that always goes one way says nothing about others.
func (a asked) wantBoth(t *testing.T) {
	t.Helper()
	for _, u := range a.urls {
		seen := map[string]bool{}
		for _, answers := range a.answers {
			seen[answers[u]] = true
		}
		if !seen[direct] || !seen[proxied] {
			t.Errorf("%s: %v, want it to go both ways", u, seen)
		}
	}
}
