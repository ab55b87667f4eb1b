package main

import (
	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
)

// linkerdSettings say where Linkerd is.
type linkerdSettings struct {
	linkerdNamespace string
}

func (s *linkerdSettings) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.linkerdNamespace, "linkerd-namespace", "linkerd", "the `namespace` of Linkerd's control plane; empty for all namespaces")
}

// watchLinkerd returns what finds out about Linkerd's control plane, for mgr to run;
// nil if what it is was decided.
func watchLinkerd(mgr manager.Manager, s *settings, logger *zap.Logger) *cluster.Linkerd {
	if s.linkerdDualStack != mutate.Unknown {
		return nil
	}
	return cluster.NewLinkerd(cluster.LinkerdOptions{
		Reader:    mgr.GetAPIReader(),
		Namespace: s.linkerdNamespace,
		Metrics:   cluster.NewLinkerdMetrics(metrics.Registry),
		Log:       logger.Named("linkerd"),
	})
}
