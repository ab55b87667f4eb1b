package cluster

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dualstack-dev/webhook/mutate"
)

// IstioMetrics says what is known about istiod.
type IstioMetrics struct {
	registry  prometheus.Registerer
	dualStack *prometheus.GaugeVec
}

// NewIstioMetrics registers the metrics. It panics if they are registered
// already.
func NewIstioMetrics(registry prometheus.Registerer) *IstioMetrics {
	m := &IstioMetrics{
		registry: registry,
		dualStack: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "dualstack_istiod_dual_stack",
			Help: "1 for the state that is known of each revision of istiod: enabled, disabled or unknown.",
		}, []string{"revision", "state"}),
	}
	registry.MustRegister(m.dualStack)
	return m
}

// watch registers the age of what is known; NaN while nothing is.
func (m *IstioMetrics) watch(age func() (time.Duration, bool)) {
	registerAge(m.registry, prometheus.GaugeOpts{
		Name: "dualstack_istiod_read_age_seconds",
		Help: "Time since istiod was last looked for without an error; NaN before that.",
	}, age)
}

// set forgets revisions that are gone.
func (m *IstioMetrics) set(revisions map[string]mutate.State) {
	m.dualStack.Reset()
	for revision, known := range revisions {
		for _, state := range []mutate.State{mutate.Unknown, mutate.Enabled, mutate.Disabled} {
			m.dualStack.WithLabelValues(revision, state.String()).Set(one(state == known))
		}
	}
}
