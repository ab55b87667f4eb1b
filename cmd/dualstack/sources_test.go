package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// sources are where a setting can come from.
type sources struct {
	args []string
	env  map[string]string
	file string // of the configuration, without its header
}

// loadFrom returns the settings that dualstack serve would have.
func loadFrom(t *testing.T, from sources) (*settings, error) {
	t.Helper()
	var s settings
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	s.add(flags)
	args := from.args
	if from.file != "" {
		file := filepath.Join(t.TempDir(), "config.yaml")
		document := fmt.Sprintf("apiVersion: %s\nkind: %s\n%s\n", configAPIVersion, configKind, from.file)
		if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", file}, args...)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatalf("parsing %q: %v", args, err)
	}
	return &s, load(flags, func(name string) (string, bool) {
		value, ok := from.env[name]
		return value, ok
	})
}

func TestPrecedence(t *testing.T) {
	flag := []string{"--log-level", "debug"}
	env := map[string]string{"DUALSTACK_LOG_LEVEL": "warn"}
	const file = "log: {level: error}"
	for _, tc := range []struct {
		name string
		from sources
		want string
	}{
		{"Given:nothing", sources{}, "info"},
		{"Given:file", sources{file: file}, "error"},
		{"Given:environment", sources{env: env}, "warn"},
		{"Given:environment,file", sources{env: env, file: file}, "warn"},
		{"Given:flag", sources{args: flag}, "debug"},
		{"Given:flag,file", sources{args: flag, file: file}, "debug"},
		{"Given:flag,environment", sources{args: flag, env: env}, "debug"},
		{"Given:flag,environment,file", sources{args: flag, env: env, file: file}, "debug"},
		// A flag is given also when it says what is the default anyway.
		{"Given:default-as-flag,file", sources{args: []string{"--log-level=info"}, file: file}, "info"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := loadFrom(t, tc.from)
			if err != nil {
				t.Fatalf("load() = %v, want nil", err)
			}
			if s.logLevel != tc.want {
				t.Errorf("logLevel = %q, want %q", s.logLevel, tc.want)
			}
		})
	}
}

func TestLists(t *testing.T) {
	env := func(value string) map[string]string { return map[string]string{"DUALSTACK_TLS_NAMES": value} }
	for _, tc := range []struct {
		name string
		from sources
		want []string
	}{
		{"Given:nothing", sources{}, []string{"localhost"}},
		{"Flag:once", sources{args: []string{"--tls-names", "a,b"}}, []string{"a", "b"}},
		{"Flag:twice", sources{args: []string{"--tls-names", "a", "--tls-names", "b"}}, []string{"a", "b"}},
		{"Flag:empty", sources{args: []string{"--tls-names="}}, []string{}},
		{"Environment:two", sources{env: env("a,b")}, []string{"a", "b"}},
		{"Environment:empty", sources{env: env("")}, []string{}},
		{"File:block", sources{file: "tls:\n  names:\n    - a\n    - b"}, []string{"a", "b"}},
		{"File:flow", sources{file: `tls: {names: [a, "b"]}`}, []string{"a", "b"}},
		{"File:scalar", sources{file: `tls: {names: "a,b"}`}, []string{"a", "b"}},
		{"File:empty", sources{file: "tls: {names: []}"}, []string{}},
		// A list is replaced, not extended: who comes first decides alone.
		{"Given:all", sources{args: []string{"--tls-names", "a"}, env: env("b"), file: "tls: {names: [c]}"}, []string{"a"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := loadFrom(t, tc.from)
			if err != nil {
				t.Fatalf("load() = %v, want nil", err)
			}
			if diff := cmp.Diff(tc.want, s.tlsNames); diff != "" {
				t.Errorf("tlsNames (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPairs wants pairs to be a mapping in the configuration file, and words with
// commas elsewhere.
func TestPairs(t *testing.T) {
	const one, two = "10.96.0.0/12=fd00:10:96::/112", "10.244.0.0/16=fd00:10:244::/56"
	env := map[string]string{"DUALSTACK_ISTIO_CIDRS": two}
	for _, tc := range []struct {
		name string
		from sources
		want string
	}{
		{"Given:nothing", sources{}, ""},
		{"Flag:once", sources{args: []string{"--istio-cidrs", one + "," + two}}, two + "," + one},
		{"Flag:twice", sources{args: []string{"--istio-cidrs", one, "--istio-cidrs", two}}, two + "," + one},
		{"Environment:one", sources{env: env}, two},
		{"File:block", sources{file: "istio:\n  cidrs:\n    10.96.0.0/12: fd00:10:96::/112"}, one},
		{"File:flow", sources{file: `istio: {cidrs: {"10.96.0.0/12": "fd00:10:96::/112"}}`}, one},
		{"File:empty", sources{file: "istio: {cidrs: {}}"}, ""},
		{"Given:all", sources{args: []string{"--istio-cidrs", one}, env: env, file: `istio: {cidrs: {"10.0.0.0/8": "fd00::/8"}}`}, one},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := loadFrom(t, tc.from)
			if err != nil {
				t.Fatalf("load() = %v, want nil", err)
			}
			if got := (pairs[netip.Prefix, netip.Prefix]{values: &s.istioCIDRs}).String(); got != tc.want {
				t.Errorf("istioCIDRs = %q, want %q", got, tc.want)
			}
		})
	}
}

// TestOverriddenValueIsNotRead checks that a value that does not count cannot
// stop the program.
func TestOverriddenValueIsNotRead(t *testing.T) {
	_, err := loadFrom(t, sources{
		args: []string{"--log-level", "debug", "--log-format", "json"},
		env:  map[string]string{"DUALSTACK_LOG_LEVEL": "loud"},
		file: "log: {format: text}",
	})
	if err != nil {
		t.Errorf("load() = %v, want nil", err)
	}
}

// TestFileFromTheEnvironment checks the one setting that decides where others
// come from.
func TestFileFromTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	document := fmt.Sprintf("apiVersion: %s\nkind: %s\nlog: {level: error}\n", configAPIVersion, configKind)
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := loadFrom(t, sources{env: map[string]string{"DUALSTACK_CONFIG": file}})
	if err != nil {
		t.Fatalf("load() = %v, want nil", err)
	}
	if s.logLevel != "error" {
		t.Errorf("logLevel = %q, want the file's error", s.logLevel)
	}
}

// TestNames holds the names that people write into manifests: a flag that is
// added, renamed or removed changes this table.
func TestNames(t *testing.T) {
	want := []string{
		"config DUALSTACK_CONFIG -",
		"kubeconfig DUALSTACK_KUBECONFIG kubeconfig",
		"listen DUALSTACK_LISTEN listen",
		"probe-listen DUALSTACK_PROBE_LISTEN probeListen",
		"metrics-listen DUALSTACK_METRICS_LISTEN metricsListen",
		"shutdown-delay DUALSTACK_SHUTDOWN_DELAY shutdownDelay",
		"tls-cert-file DUALSTACK_TLS_CERT_FILE tls.certFile",
		"tls-key-file DUALSTACK_TLS_KEY_FILE tls.keyFile",
		"tls-authority-secret DUALSTACK_TLS_AUTHORITY_SECRET tls.authoritySecret",
		"tls-webhook-configuration DUALSTACK_TLS_WEBHOOK_CONFIGURATION tls.webhookConfiguration",
		"tls-throw-away DUALSTACK_TLS_THROW_AWAY tls.throwAway",
		"tls-names DUALSTACK_TLS_NAMES tls.names",
		"services-policy DUALSTACK_SERVICES_POLICY services.policy",
		"services-primary-family DUALSTACK_SERVICES_PRIMARY_FAMILY services.primaryFamily",
		"services-headless DUALSTACK_SERVICES_HEADLESS services.headless",
		"services-load-balancers DUALSTACK_SERVICES_LOAD_BALANCERS services.loadBalancers",
		"pods-no-proxy DUALSTACK_PODS_NO_PROXY pods.noProxy",
		"pods-no-proxy-hosts DUALSTACK_PODS_NO_PROXY_HOSTS pods.noProxyHosts",
		"cluster-dual-stack DUALSTACK_CLUSTER_DUAL_STACK cluster.dualStack",
		"cluster-pods-dual-stack DUALSTACK_CLUSTER_PODS_DUAL_STACK cluster.podsDualStack",
		"istio-dual-stack DUALSTACK_ISTIO_DUAL_STACK istio.dualStack",
		"istio-revisions DUALSTACK_ISTIO_REVISIONS istio.revisions",
		"istio-reinvocation-policy DUALSTACK_ISTIO_REINVOCATION_POLICY istio.reinvocationPolicy",
		"istio-cidrs DUALSTACK_ISTIO_CIDRS istio.cidrs",
		"istio-ambient-dual-stack DUALSTACK_ISTIO_AMBIENT_DUAL_STACK istio.ambientDualStack",
		"linkerd-dual-stack DUALSTACK_LINKERD_DUAL_STACK linkerd.dualStack",
		"sidecars-disabled DUALSTACK_SIDECARS_DISABLED sidecars.disabled",
		"sidecars-profiles DUALSTACK_SIDECARS_PROFILES sidecars.profiles",
		"istio-namespace DUALSTACK_ISTIO_NAMESPACE istio.namespace",
		"istio-selector DUALSTACK_ISTIO_SELECTOR istio.selector",
		"istio-cni-namespace DUALSTACK_ISTIO_CNI_NAMESPACE istio.cniNamespace",
		"linkerd-namespace DUALSTACK_LINKERD_NAMESPACE linkerd.namespace",
		"log-format DUALSTACK_LOG_FORMAT log.format",
		"log-level DUALSTACK_LOG_LEVEL log.level",
	}
	command := newServe()
	command.InitDefaultHelpFlag()
	keyOf := map[string]string{"config": "-"}
	for key, flag := range keys(command.Flags()) {
		keyOf[flag.Name] = key
	}
	var got []string
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "help" {
			got = append(got, strings.Join([]string{flag.Name, variable(flag.Name), keyOf[flag.Name]}, " "))
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flag, variable and key (-want +got):\n%s", diff)
	}
	if flag := keys(command.Flags())["help"]; flag != nil {
		t.Error("help has a key in the configuration file, want none")
	}
}

// TestEveryVariableAndKeyIsRead gives each setting in two ways, and expects to
// find it where the flag of that name puts it.
func TestEveryVariableAndKeyIsRead(t *testing.T) {
	other := map[string]string{
		"shutdown-delay": "7s", "services-policy": "RequireDualStack", "services-primary-family": "IPv6",
		"services-headless": "disabled", "services-load-balancers": "enabled", "cluster-dual-stack": "enabled", "pods-no-proxy": "enabled", "cluster-pods-dual-stack": "enabled", "istio-dual-stack": "disabled", "linkerd-dual-stack": "disabled", "istio-ambient-dual-stack": "enabled",
		"istio-revisions": "canary=enabled", "istio-reinvocation-policy": "Never", "istio-cidrs": "10.96.0.0/12=fd00:10:96::/112",
		"sidecars-profiles": "testdata/profile.yaml", "log-format": "console", "log-level": "error",
	}
	newServe().Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name == flagConfig {
			return
		}
		value, ok := other[flag.Name]
		if !ok {
			value = "other"
		}
		want, err := loadFrom(t, sources{args: []string{"--" + flag.Name, value}})
		if err != nil {
			t.Fatal(err)
		}
		for source, from := range map[string]sources{
			"environment": {env: map[string]string{variable(flag.Name): value}},
			"file":        {file: inFile(flag, value)},
		} {
			got, err := loadFrom(t, from)
			if err != nil {
				t.Errorf("%s from the %s: %v", flag.Name, source, err)
				continue
			}
			got.config = ""
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(settings{}, certificateSettings{}, policySettings{}, factSettings{}, sidecarSettings{}), cmp.Comparer(func(a, b sidecar.Profile) bool { return reflect.DeepEqual(a, b) }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("%s from the %s (-flag +%s):\n%s", flag.Name, source, source, diff)
			}
		}
	})
}

// inFile returns the key of a flag, which may be in a section, with its value.
func inFile(flag *pflag.Flag, value string) string {
	if _, ok := flag.Value.(pairSetter); ok {
		value = "{" + strings.ReplaceAll(value, "=", ": ") + "}"
	}
	section, name, ok := strings.Cut(key(flag.Name), ".")
	if !ok {
		return fmt.Sprintf("%s: %s", section, value)
	}
	return fmt.Sprintf("%s: {%s: %s}", section, name, value)
}
