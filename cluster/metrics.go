package cluster

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dualstack-dev/webhook/mutate"
)

// Metrics says what is known about the cluster.
type Metrics struct {
	registry      prometheus.Registerer
	dualStack     *prometheus.GaugeVec
	contradiction prometheus.Gauge
}

// NewMetrics registers the metrics. It panics if they are registered already.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		registry: registry,
		dualStack: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "dualstack_cluster_dual_stack",
			Help: "1 for the state that is known of each network, services and pods: enabled, disabled or unknown.",
		}, []string{"network", "state"}),
		contradiction: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dualstack_cluster_contradiction",
			Help: "1 if Services have addresses of both IP families and Pods have one.",
		}),
	}
	registry.MustRegister(m.dualStack, m.contradiction)
	m.set(mutate.Unknown, mutate.Unknown, false)
	return m
}

// watch registers the age of what is known; NaN while nothing is.
func (m *Metrics) watch(age func() (time.Duration, bool)) {
	registerAge(m.registry, prometheus.GaugeOpts{
		Name: "dualstack_cluster_read_age_seconds",
		Help: "Time since the cluster was last looked at without an error; NaN before that.",
	}, age)
}

func registerAge(registry prometheus.Registerer, options prometheus.GaugeOpts, age func() (time.Duration, bool)) {
	registry.MustRegister(prometheus.NewGaugeFunc(options, func() float64 {
		if age, ok := age(); ok {
			return age.Seconds()
		}
		return math.NaN()
	}))
}

func (m *Metrics) set(services, pods mutate.State, contradiction bool) {
	for network, known := range map[string]mutate.State{"services": services, "pods": pods} {
		for _, state := range []mutate.State{mutate.Unknown, mutate.Enabled, mutate.Disabled} {
			m.dualStack.WithLabelValues(network, state.String()).Set(one(state == known))
		}
	}
	m.contradiction.Set(one(contradiction))
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
