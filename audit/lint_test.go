package audit_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// TestListens has a cell for each form in which a container says where it listens,
// and for those that look like one.
func TestListens(t *testing.T) {
	for _, c := range []struct {
		name, container string
		path, value     string // "" for no finding
	}{
		{"flag with a value", `{args: ["--secure-listen-address=0.0.0.0:8443"]}`, "args/0", "--secure-listen-address=0.0.0.0:8443"},
		{"flag and value", `{args: [--host, 0.0.0.0, --port, "80"]}`, "args/1", "--host=0.0.0.0"},
		{"flag with one hyphen", `{command: [node_exporter, -web.listen-address=0.0.0.0:9100]}`, "command/1", "-web.listen-address=0.0.0.0:9100"},
		{"flag in camel case", `{args: [--bindAddress=10.0.0.1]}`, "args/0", "--bindAddress=10.0.0.1"},
		{"URL", `{args: ["--listen-client-urls=http://0.0.0.0:2379"]}`, "args/0", "--listen-client-urls=http://0.0.0.0:2379"},
		{"one address to listen at", `{args: [--listen=10.1.2.3:80]}`, "args/0", "--listen=10.1.2.3:80"},
		{"variable", `{env: [{name: ASPNETCORE_URLS, value: "http://0.0.0.0:5000"}]}`, "env/0/value", "ASPNETCORE_URLS=http://0.0.0.0:5000"},
		{"variable HOST", `{env: [{name: HOST, value: 0.0.0.0}]}`, "env/0/value", "HOST=0.0.0.0"},

		{"advertised", `{args: ["--advertise-client-urls=http://0.0.0.0:2379"]}`, "", ""},
		{"dialled, by 0.0.0.0", `{env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://0.0.0.0:4317"}]}`, "", ""},
		{"dialled", `{env: [{name: DB_HOST, value: 10.0.0.5}]}`, "", ""},
		{"upstream", `{args: ["--upstream-address=0.0.0.0:80"]}`, "", ""},
		{"loopback", `{args: [--listen=127.0.0.1:80]}`, "", ""},
		{"IPv6", `{args: ["--listen=[::]:80"]}`, "", ""},
		{"all addresses", `{args: [--listen=:80]}`, "", ""},
		{"name", `{args: ["--listen=localhost:80"]}`, "", ""},
		{"range", `{args: [--bind=0.0.0.0/0]}`, "", ""},
		{"longer address", `{args: [--listen=0.0.0.0.nip.io]}`, "", ""},
		{"shell", `{command: [sh, -c, "web --listen=0.0.0.0:80"]}`, "", ""},
		{"positional", `{args: [runserver, "0.0.0.0:8000"]}`, "", ""},
		{"of another program", `{args: [--, --listen=0.0.0.0:80]}`, "", ""},
		{"URL with a path", `{args: ["--listen=http://0.0.0.0:80/metrics"]}`, "", ""},
		{"URL with a password", `{args: ["--listen=http://a:b@0.0.0.0:80"]}`, "", ""},
		{"word within another", `{args: [--rebinding=0.0.0.0]}`, "", ""},
		{"value from elsewhere", `{env: [{name: LISTEN, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]}`, "", ""},
		{"sidecar that is known", `{name: istio-proxy, args: [--listen=0.0.0.0:80]}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []audit.Finding
			if c.value != "" {
				want = []audit.Finding{{Code: audit.CodeListenIPv4, Path: patch.Path("/spec/containers/0/" + c.path), Value: c.value}}
			}
			testContainer(t, c.container, want)
		})
	}
}

// TestPodAddresses has a cell for each form in which a port follows an address of
// the downward API.
func TestPodAddresses(t *testing.T) {
	const variable = `{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}`
	for _, c := range []struct {
		name, text string
		value      string // "" for no finding
	}{
		{"port", "$(IP):8080", "$(IP):"},
		{"port of a flag", "--listen=$(IP):8080", "$(IP):"},
		{"port that is a variable", "$(IP):$(PORT)", "$(IP):"},
		{"URL", "http://$(IP):8080/ready", "$(IP):"},
		{"for a shell", "curl ${IP}:8080", "${IP}:"},
		{"for a collector", "${env:IP}:4317", "${env:IP}:"},
		{"second of two", "[$(IP)]:1,$(IP):2", "$(IP):"},

		{"brackets", "[$(IP)]:8080", ""},
		{"no port", "--node-ip=$(IP)", ""},
		{"stands for itself", "$$(IP):8080", ""},
		{"another variable", "$(IPS):8080", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []audit.Finding
			if c.value != "" {
				want = []audit.Finding{{Code: audit.CodePodAddressUnbracketed, Path: "/spec/containers/0/args/0", Value: c.value}}
			}
			testContainer(t, fmt.Sprintf(`{env: [%s], args: [%q]}`, variable, c.text), want)
		})
	}
	testContainer(t, `{env: [{name: IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}], args: ["$(IPS):80"]}`, nil)
	testContainer(t, `{env: [{name: IP, value: 10.0.0.1}], args: ["$(IP):80"]}`, nil)
}

// TestProbes has a cell for each probe, and each host.
func TestProbes(t *testing.T) {
	for _, c := range []struct {
		name, container string
		path, value     string
	}{
		{"liveness", `{livenessProbe: {httpGet: {host: 127.0.0.1, port: 80}}}`, "livenessProbe/httpGet/host", "127.0.0.1"},
		{"readiness", `{readinessProbe: {tcpSocket: {host: 10.0.0.1, port: 80}}}`, "readinessProbe/tcpSocket/host", "10.0.0.1"},
		{"startup", `{startupProbe: {httpGet: {host: 0.0.0.0, port: 80}}}`, "startupProbe/httpGet/host", "0.0.0.0"},
		{"no host", `{livenessProbe: {httpGet: {port: 80}}}`, "", ""},
		{"name", `{livenessProbe: {httpGet: {host: localhost, port: 80}}}`, "", ""},
		{"gRPC", `{livenessProbe: {grpc: {port: 80}}}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []audit.Finding
			if c.value != "" {
				want = []audit.Finding{{Code: audit.CodeProbeHost, Path: patch.Path("/spec/containers/0/" + c.path), Value: c.value}}
			}
			testContainer(t, c.container, want)
		})
	}
}

// testContainer wants a Pod with one container to have these findings.
func testContainer(t *testing.T, container string, want []audit.Finding) {
	t.Helper()
	got := advise(t, "{apiVersion: v1, kind: Pod, metadata: {name: it}, spec: {containers: ["+container+"]}}")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("advice about the container %s (-want +got):\n%s", container, diff)
	}
}

// TestPodNames has a cell for each form in which a Pod knows names.
func TestPodNames(t *testing.T) {
	alias := func(path patch.Path, ip string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeHostAliasFamily, Path: path, Value: ip}}
	}
	for _, c := range []struct {
		name, spec string
		want       []audit.Finding
	}{
		{"alias", `{hostAliases: [{ip: 192.0.2.1, hostnames: [a]}]}`, alias("/spec/hostAliases/0/ip", "192.0.2.1")},
		{"aliases of both", `{hostAliases: [{ip: 192.0.2.1, hostnames: [a]}, {ip: "2001:db8::1", hostnames: [a]}]}`, nil},
		{"one name of two", `{hostAliases: [{ip: 192.0.2.1, hostnames: [a, b]}, {ip: "2001:db8::1", hostnames: [a]}]}`, alias("/spec/hostAliases/0/ip", "192.0.2.1")},
		{"IPv6 alias", `{hostAliases: [{ip: "2001:db8::1", hostnames: [a]}]}`, nil},
		{"no-aaaa", `{dnsConfig: {options: [{name: no-aaaa}]}}`, []audit.Finding{{Code: audit.CodeDNSNoAAAA, Path: "/spec/dnsConfig/options/0/name", Value: "no-aaaa"}}},
		{"another option", `{dnsConfig: {options: [{name: single-request}]}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := advise(t, "{apiVersion: v1, kind: Pod, metadata: {name: it}, spec: "+c.spec+"}")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("advice about the Pod with spec %s (-want +got):\n%s", c.spec, diff)
			}
		})
	}
}

func TestNetworkPolicy(t *testing.T) {
	blocks := func(path patch.Path, value string) []audit.Finding {
		return []audit.Finding{{Code: audit.CodeNetworkPolicyBlocks, Path: path, Value: value}}
	}
	testKind(t, "networking.k8s.io/v1", "NetworkPolicy", []cell{
		{"all of IPv4, out", `{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}`, blocks("/spec/egress/0/to", "0.0.0.0/0")},
		{"all of IPv4, in", `{ingress: [{}, {from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}`, blocks("/spec/ingress/1/from", "0.0.0.0/0")},
		{"all of both", `{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: "::/0"}}]}]}`, nil},
		{"two ranges of one family", `{egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 192.0.2.0/24}}]}]}`, blocks("/spec/egress/0/to", "10.0.0.0/8,192.0.2.0/24")},
		{"IPv6", `{egress: [{to: [{ipBlock: {cidr: "::/0"}}]}]}`, blocks("/spec/egress/0/to", "::/0")},
		{"beside a selector", `{ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}]}]}`, blocks("/spec/ingress/0/from", "10.0.0.0/8")},
		{"selectors", `{ingress: [{from: [{podSelector: {}}]}]}`, nil},
		{"exception", `{egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}, {ipBlock: {cidr: "::/0"}}]}]}`, nil},
		{"everybody", `{ingress: [{}], egress: [{}]}`, nil},
		{"nobody", `{podSelector: {}}`, nil},
	})
}
