package noproxy

import (
	"slices"
	"testing"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/test/admission"
)

// A list is what an author wrote, in each of the variables.
type list struct {
	variables []string
	value     string
	// knows is set where something that is promised may be there already, so that
	// it is no news afterwards.
	knows bool
	// spaced is set where a space stands between two hosts without a comma.
	spaced bool
}

// readsAll reports whether a program reads the list to its end. Newer versions of curl
// stop at a space: https://github.com/curl/curl/pull/13789.
func (l list) readsAll(t *testing.T, program, version string) bool {
	t.Helper()
	return !l.spaced || program != "curl" || !atLeast(t, version, "8.10")
}

var (
	upper = []string{"NO_PROXY"}
	lower = []string{"no_proxy"}
	both  = []string{"NO_PROXY", "no_proxy"}
)

func lists() []list {
	return []list{
		{variables: upper, value: "10.96.0.5"},
		{variables: lower, value: "10.96.0.5"},
		{variables: both, value: "10.96.0.5"},
		{variables: both, value: "localhost,127.0.0.1,10.96.0.0/12"},
		{variables: both, value: "10.96.0.5:8080,10.96.0.6:443,shop.corp.example:8080"},
		{variables: both, value: ".corp.example , *.other.example, localhost"},
		{variables: both, value: "[10.96.0.5],[::1],::1,[::1]:8080"},
		{variables: both, value: "10.0.0.0/8,,10.96.0.5,"},
		{variables: both, value: "corp.example,10.96.0.5, "},
		{variables: both, value: "10.96.0.5,\tcorp.example\n"},

		{variables: both, value: "localhost .svc fd00::5,.corp.example", knows: true, spaced: true},
		{variables: both, value: ".shop.example,SVC", knows: true},
		{variables: both, value: "svc:8080,shop.example:8080,[fd00::5]:8080", knows: true},
		{variables: both, value: "*.svc,*.shop.example", knows: true},
		{variables: both, value: "localhost,*", knows: true},
		{variables: both, value: " *", knows: true},
		{variables: both, value: "*", knows: true},
		{variables: both, value: "fd00:0:0::5,[fd00::]/8,[fd00::/8],fc00::/7", knows: true},
	}
}

// others are URLs of hosts that nobody promises anything of.
func others() []string {
	return []string{
		"http://10.96.0.5/", "http://10.96.0.5:8080/", "https://10.96.0.5/", "http://10.96.0.6/", "http://10.200.0.5/",
		"http://corp.example/", "http://shop.corp.example/", "http://shop.corp.example:8080/", "http://a.other.example/",
		"http://[fe00::5]/", "http://notsvc/", "http://svc.example/", "https://example/",
	}
}

// environment returns the variables of a container with the list.
func (l list) environment() []mutate.EnvVarView {
	env := []mutate.EnvVarView{
		{Name: "http_proxy", Value: "http://" + proxyAddress},
		{Name: "https_proxy", Value: "http://" + proxyAddress},
	}
	for _, name := range l.variables {
		env = append(env, mutate.EnvVarView{Name: name, Value: l.value})
	}
	return env
}

// extended returns them as the container gets them, created with hosts in
// pods.noProxyHosts.
func (l list) extended(t *testing.T, hosts ...string) []mutate.EnvVarView {
	t.Helper()
	bypass, err := address.ParseBypass(hosts)
	if err != nil {
		t.Fatal(err)
	}
	container := mutate.ContainerView{Name: "web", Env: l.environment()}
	pod := mutate.PodView{Metadata: &mutate.MetadataView{}, Spec: &mutate.PodSpecView{Containers: []mutate.ContainerView{container}}}
	created := admission.Pod(t, &pod, mutate.Policy{Mode: mutate.ModeApply, NoProxy: true, Bypass: bypass})
	return created.Spec.Containers[0].Env
}

// TestPrograms gives each program each list, as it is and with the hosts of the
// page, and wants the page to be true: what is promised goes over the proxy before
// and without it afterwards, and everything else goes as it did.
func TestPrograms(t *testing.T) {
	rows := promises(t)
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			version := p.version(t)
			t.Logf("%s %s", p.name, version)
			asked := p.ask(t, rows)
			for _, l := range lists() {
				asked.check(t, l, func(url string) bool {
					return l.readsAll(t, p.name, version) && promised(t, rows, url, p.name, version)
				})
			}
			asked.wantBoth(t)
		})
	}
}

func (a asked) check(t *testing.T, l list, isPromised func(url string) bool) {
	t.Helper()
	before, after := a.who(l.environment()), a.who(l.extended(t, a.hosts...))
	for _, url := range a.urls {
		promise := isPromised(url)
		switch {
		case promise && !l.knows && before[url] != proxied:
			t.Errorf("%v=%q: %s goes without a proxy already, so nothing is proved", l.variables, l.value, url)
		case promise && after[url] != direct:
			t.Errorf("%v=%q: %s is %s and becomes %s, want it direct", l.variables, l.value, url, before[url], after[url])
		case !promise && after[url] != before[url]:
			t.Errorf("%v=%q: %s is %s and becomes %s, want it to stay", l.variables, l.value, url, before[url], after[url])
		}
	}
}

// hosts returns the hosts of the page, each once.
func hosts(rows []promise) []string {
	var hosts []string
	for _, p := range rows {
		if !slices.Contains(hosts, p.host) {
			hosts = append(hosts, p.host)
		}
	}
	return hosts
}

// promised reports whether a program reaches a URL without a proxy once the hosts
// of the page are there.
func promised(t *testing.T, rows []promise, url, program, version string) bool {
	t.Helper()
	return slices.ContainsFunc(rows, func(p promise) bool { return p.url == url && p.direct(t, program, version) })
}

// TestPage wants the page to have a column for each program that is run here, and
// to say how each host is added.
func TestPage(t *testing.T) {
	for _, p := range promises(t) {
		for _, program := range programs() {
			if p.cells[program.name] == "" {
				t.Errorf("%s says nothing about %s and %s", page, program.name, p.url)
			}
		}
		if len(p.cells) != len(programs()) {
			t.Errorf("%s has columns for %v, want those that are run here", page, p.cells)
		}
		env := list{variables: upper, value: "10.96.0.5"}.extended(t, p.host)
		if got, want := env[len(env)-1].Value, "10.96.0.5,"+p.added; got != want {
			t.Errorf("with %s the list is %q, want %q", p.host, got, want)
		}
	}
}
