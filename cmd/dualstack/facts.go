package main

import (
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
)

// The addresses of this Pod and of its node, from status.podIPs and
// status.hostIPs of the downward API. They are facts and no settings, so they
// have no flags.
const (
	variablePodIPs  = "DUALSTACK_POD_IPS"
	variableHostIPs = "DUALSTACK_HOST_IPS"
)

// factSettings say where to find out what nobody has decided.
type factSettings struct {
	istioNamespace    string
	istioSelector     string
	istioCNINamespace string
	linkerdNamespace  string
}

func (s *factSettings) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.istioNamespace, "istio-namespace", "istio-system", "the `namespace` of istiod; empty for all namespaces")
	flags.StringVar(&s.istioSelector, "istio-selector", "app=istiod", "the `labels` of istiod's Deployments")
	flags.StringVar(&s.istioCNINamespace, "istio-cni-namespace", "istio-system", "the `namespace` of istio-cni, whose ConfigMap says whether the ambient mesh captures IPv6")
	flags.StringVar(&s.linkerdNamespace, "linkerd-namespace", "linkerd", "the `namespace` of Linkerd's control plane; empty for all namespaces")
}

func (s *factSettings) validate() error {
	if selector, err := labels.Parse(s.istioSelector); err != nil || selector.Empty() {
		return fmt.Errorf("--istio-selector: %q does not select by labels, as app=istiod does", s.istioSelector)
	}
	return nil
}

// options returns what to find out, with what was decided, for who reads the cluster to
// add with what.
func (s *factSettings) options(decided mutate.Facts) (cluster.FactsOptions, error) {
	selector, err := labels.Parse(s.istioSelector)
	return cluster.FactsOptions{
		Decided:           decided,
		IstioNamespace:    s.istioNamespace,
		IstioSelector:     selector,
		IstioCNINamespace: s.istioCNINamespace,
		LinkerdNamespace:  s.linkerdNamespace,
	}, err
}
