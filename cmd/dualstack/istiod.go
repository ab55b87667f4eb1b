package main

import (
	"fmt"

	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
)

// istiodSettings say where istiod is.
type istiodSettings struct {
	istioNamespace string
	istioSelector  string
}

func (s *istiodSettings) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.istioNamespace, "istio-namespace", "istio-system", "the `namespace` of istiod; empty for all namespaces")
	flags.StringVar(&s.istioSelector, "istio-selector", "app=istiod", "the `labels` of istiod's Deployments")
}

func (s *istiodSettings) validate() error {
	if selector, err := labels.Parse(s.istioSelector); err != nil || selector.Empty() {
		return fmt.Errorf("--istio-selector: %q does not select by labels, as app=istiod does", s.istioSelector)
	}
	return nil
}

// watchIstio returns what finds out about istiod and its injectors, for mgr to
// run; nil if what they are was decided.
func watchIstio(mgr manager.Manager, s *settings, logger *zap.Logger) (*cluster.Istio, error) {
	if s.istioDualStack != mutate.Unknown && s.istioInjectsOnce != mutate.Unknown {
		return nil, nil
	}
	selector, err := labels.Parse(s.istioSelector)
	if err != nil {
		return nil, err
	}
	return cluster.NewIstio(cluster.IstioOptions{
		Reader:    mgr.GetAPIReader(),
		Namespace: s.istioNamespace,
		Selector:  selector,
		Decided:   s.istio(),
		Metrics:   cluster.NewIstioMetrics(metrics.Registry),
		Log:       logger.Named("istio"),
	}), nil
}
