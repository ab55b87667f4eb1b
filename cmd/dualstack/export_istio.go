package main

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
)

// istioProxyConfig is the manifest as it is read and reviewed, for the namespace
// rootNamespace.
//
//go:embed export/istio.yaml
var istioProxyConfig string

// rootNamespace is where Istio keeps what counts for the whole mesh, unless
// meshConfig.rootNamespace says otherwise.
const rootNamespace = "istio-system"

func newExportIstio() *cobra.Command {
	var namespace string
	command := &cobra.Command{
		Use:   "istio",
		Short: "Print a ProxyConfig that makes Istio's proxies dual-stack",
		Long: `Istio prints a ProxyConfig that sets ISTIO_DUAL_STACK=true by Istio's own means,
for a namespace, or in Istio's root namespace for the whole mesh. It is the net
under the webhook: injection then sets the variable in every Pod, also while the
webhook is away.

Apply it only once istiod is dual-stack: before, proxies refuse IPv6. It does not
look at istiod, nor at the labels dualstack.dev/mode. It reaches

  - Pods that are injected from then on. Those that run need a restart.
  - gateways and waypoints that istiod creates, when it next renders them, which
    replaces their Pods.

It does not reach

  - Pods that say otherwise in their annotation proxy.istio.io/config, or in a
    ProxyConfig that selects them.
  - any Pod, if an older ProxyConfig in the same namespace has no selector either:
    Istio takes one for each namespace. Add the variable there.
  - Pods that were injected by hand, with istioctl kube-inject.
  - lists of captured ranges: the webhook extends them, this does not.
  - Services.`,
		Example: `  # For the namespace shop.
  dualstack export istio -n shop | kubectl apply -f -

  # For the whole mesh, and where its root namespace has another name.
  dualstack export istio | kubectl apply -f -
  dualstack export istio -n mesh-root | kubectl apply -f -`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
				return fmt.Errorf("--namespace: %q is not the name of a namespace: %s", namespace, problems[0])
			}
			if _, err := io.WriteString(command.OutOrStdout(), proxyConfig(namespace)); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	command.Flags().StringVarP(&namespace, "namespace", "n", rootNamespace, "the `namespace` that it is for; in the root namespace, the whole mesh")
	return command
}

// proxyConfig returns the manifest for a namespace.
func proxyConfig(namespace string) string {
	const field = "\n  namespace: "
	return strings.Replace(istioProxyConfig, field+rootNamespace+"\n", field+namespace+"\n", 1)
}
