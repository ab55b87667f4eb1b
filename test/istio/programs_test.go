package istio

import (
	"encoding/json"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/cni/pkg/plugin"
	"istio.io/istio/pilot/cmd/pilot-agent/config"
	"istio.io/istio/pkg/bootstrap"
	"istio.io/istio/pkg/log"
	iptables "istio.io/istio/tools/istio-iptables/pkg/cmd"
)

// programs are Istio's, by the names under which the test binary runs them. Each
// is a process of its own, because Istio reads its settings from the environment
// while its packages are initialised.
var programs = map[string]func(args []string) error{
	"istio-iptables":  runIptables,
	"istio-cni":       runCNI,
	"envoy-bootstrap": runBootstrap,
}

// dualInterfaces are the addresses of a Pod with both families. Linux lists those
// of IPv4 first, whichever family is the primary one.
func dualInterfaces() ([]net.Addr, error) {
	return []net.Addr{
		&net.IPNet{IP: net.IPv4(127, 0, 0, 1), Mask: net.CIDRMask(8, 32)},
		&net.IPNet{IP: net.ParseIP(podIPv4), Mask: net.CIDRMask(24, 32)},
		&net.IPNet{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		&net.IPNet{IP: net.ParseIP(podIPv6), Mask: net.CIDRMask(64, 128)},
	}, nil
}

// runIptables is what istio-init's image runs, but for the kernel: pilot-agent
// with these arguments.
func runIptables(args []string) error {
	options := log.DefaultOptions()
	root := &cobra.Command{Use: "pilot-agent", SilenceUsage: true}
	options.AttachCobraFlags(root)
	root.AddCommand(iptables.GetCommand(options))
	root.SetArgs(append(args, "--dry-run"))
	return root.Execute()
}

// runCNI is what istio-cni does with a Pod, but for the kernel. The file with the
// Pod is the only argument; the network namespace is that of this process.
func runCNI(args []string) error {
	data, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("reading the Pod: %w", err)
	}
	var pod corev1.Pod
	if err := json.Unmarshal(data, &pod); err != nil {
		return fmt.Errorf("decoding the Pod: %w", err)
	}
	redirect, err := plugin.NewRedirect(plugin.ExtractPodInfo(&pod))
	if err != nil {
		return err
	}
	return plugin.IptablesInterceptRuleMgr().Program(pod.Name, "/proc/self/ns/net", redirect)
}

// runBootstrap writes the configuration with which pilot-agent starts Envoy, as
// its Agent.generateNodeMetadata and Agent.initializeEnvoyAgent do:
// pkg/istio-agent/agent.go. Its arguments are Istio's template, the file to write
// and the type of the proxy.
func runBootstrap(args []string) error {
	template, output, proxy := args[0], args[1], args[2]
	proxyConfig, err := config.ConstructProxyConfig("", "istio-proxy", os.Getenv("PROXY_CONFIG"), 0)
	if err != nil {
		return fmt.Errorf("reading the proxy's configuration: %w", err)
	}
	first := os.Getenv("INSTANCE_IP") // The first one must be the Pod's: app/cmd.go, initProxy.
	addresses := []string{first}
	for _, address := range []string{podIPv4, podIPv6} {
		if address != first {
			addresses = append(addresses, address)
		}
	}
	node, err := bootstrap.GetNodeMetaData(bootstrap.MetadataOptions{
		ID:                  fmt.Sprintf("%s~%s~%s.%s~cluster.local", proxy, first, os.Getenv("POD_NAME"), os.Getenv("POD_NAMESPACE")),
		Envs:                os.Environ(),
		InstanceIPs:         addresses,
		ProxyConfig:         proxyConfig,
		EnvoyStatusPort:     statusPort,
		EnvoyPrometheusPort: metricsPort,
	})
	if err != nil {
		return fmt.Errorf("describing the node: %w", err)
	}
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	if err := bootstrap.New(bootstrap.Config{Node: node}).WriteTo(template, file); err != nil {
		return fmt.Errorf("writing the bootstrap: %w", err)
	}
	return file.Close()
}
