package cluster

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dualstack-dev/webhook/mutate"
)

// LinkerdMetrics says what is known about Linkerd's control plane.
type LinkerdMetrics struct {
	registry  prometheus.Registerer
	dualStack *prometheus.GaugeVec
}

// NewLinkerdMetrics registers the metrics. It panics if they are registered
// already.
func NewLinkerdMetrics(registry prometheus.Registerer) *LinkerdMetrics {
	m := &LinkerdMetrics{
		registry: registry,
		dualStack: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "dualstack_linkerd_dual_stack",
			Help: "1 for the state that is known of Linkerd's control plane, if there is one: enabled, disabled or unknown.",
		}, []string{"state"}),
	}
	registry.MustRegister(m.dualStack)
	return m
}

// watch registers the age of what is known; NaN while nothing is.
func (m *LinkerdMetrics) watch(age func() (time.Duration, bool)) {
	registerAge(m.registry, prometheus.GaugeOpts{
		Name: "dualstack_linkerd_read_age_seconds",
		Help: "Time since Linkerd's control plane was last looked for without an error; NaN before that.",
	}, age)
}

// set has no series in a cluster without Linkerd.
func (m *LinkerdMetrics) set(known knownLinkerd) {
	m.dualStack.Reset()
	if !known.found {
		return
	}
	for _, state := range []mutate.State{mutate.Unknown, mutate.Enabled, mutate.Disabled} {
		m.dualStack.WithLabelValues(state.String()).Set(one(state == known.dualStack))
	}
}
