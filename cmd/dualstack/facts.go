package main

import (
	"errors"
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
	istio   *cluster.Istio // nil if what istiod and its injectors are was decided
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
		istio: istio,
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
		if w.istio != nil {
			now.Meshes = w.istio.Meshes()
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
	return checks
}

// addTo lets mgr run them.
func (w watchers) addTo(mgr manager.Manager) error {
	if w.istio == nil {
		return mgr.Add(w.cluster)
	}
	return errors.Join(mgr.Add(w.cluster), mgr.Add(w.istio))
}
