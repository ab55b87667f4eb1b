package main

import (
	"errors"
	"maps"
	"os"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

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

// watchers find out what nobody has decided.
type watchers struct {
	cluster *cluster.Watcher
	istio   *cluster.Istio   // nil if what istiod and its injectors are was decided
	linkerd *cluster.Linkerd // nil if what Linkerd is was decided
}

func newWatchers(mgr manager.Manager, s *settings, logger *zap.Logger) (watchers, error) {
	istio, err := watchIstio(mgr, s, logger)
	return watchers{
		cluster: cluster.NewWatcher(cluster.Options{
			Reader:  mgr.GetAPIReader(),
			Pods:    cluster.PodNetwork(os.Getenv(variablePodIPs), os.Getenv(variableHostIPs)),
			Metrics: cluster.NewMetrics(metrics.Registry),
			Log:     logger.Named("cluster"),
		}),
		istio:   istio,
		linkerd: watchLinkerd(mgr, s, logger),
	}, err
}

// facts returns what is known at the moment: what was decided, and where nobody
// did, what was found out.
func (w watchers) facts(decided mutate.Facts) func() mutate.Facts {
	return func() mutate.Facts {
		now := decided
		if now.DualStack == mutate.Unknown {
			now.DualStack = w.cluster.DualStack()
		}
		if now.Pods == mutate.Unknown {
			now.Pods = w.cluster.Pods()
		}
		now.Meshes = maps.Clone(decided.Meshes)
		if w.istio != nil {
			now.Meshes[meshIstio] = w.istio.Meshes()[meshIstio]
		}
		if w.linkerd != nil {
			now.Meshes[meshLinkerd] = mutate.Mesh{DualStack: w.linkerd.DualStack()}
		}
		return now
	}
}

// checks are what has to be true before the first answer.
func (w watchers) checks() map[string]healthz.Checker {
	checks := map[string]healthz.Checker{"cluster": w.cluster.Ready}
	if w.istio != nil {
		checks["istiod"] = w.istio.Ready
	}
	if w.linkerd != nil {
		checks["linkerd"] = w.linkerd.Ready
	}
	return checks
}

// addTo lets mgr run them.
func (w watchers) addTo(mgr manager.Manager) error {
	errs := []error{mgr.Add(w.cluster)}
	if w.istio != nil {
		errs = append(errs, mgr.Add(w.istio))
	}
	if w.linkerd != nil {
		errs = append(errs, mgr.Add(w.linkerd))
	}
	return errors.Join(errs...)
}
