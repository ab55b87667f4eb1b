package main

import (
	"os"

	"go.uber.org/zap"
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

// watchCluster returns what finds out about the cluster, for mgr to run.
func watchCluster(mgr manager.Manager, logger *zap.Logger) *cluster.Watcher {
	return cluster.NewWatcher(cluster.Options{
		Reader:  mgr.GetAPIReader(),
		Pods:    cluster.PodNetwork(os.Getenv(variablePodIPs), os.Getenv(variableHostIPs)),
		Metrics: cluster.NewMetrics(metrics.Registry),
		Log:     logger.Named("cluster"),
	})
}

// facts returns what is known at the moment: what was decided, and where nobody
// did, what the watcher has found out.
func facts(decided mutate.Facts, watcher *cluster.Watcher) func() mutate.Facts {
	return func() mutate.Facts {
		now := decided
		if now.DualStack == mutate.Unknown {
			now.DualStack = watcher.DualStack()
		}
		return now
	}
}
