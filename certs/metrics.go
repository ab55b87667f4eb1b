package certs

import (
	"crypto/x509"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ends says when the certificates end.
type ends struct{ gauge *prometheus.GaugeVec }

func newEnds(registry prometheus.Registerer) ends {
	e := ends{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "dualstack_certificate_not_after_seconds",
		Help: "When a certificate ends, in Unix time: the served leaf, and the authority that signs.",
	}, []string{"certificate"})}
	registry.MustRegister(e.gauge)
	return e
}

func (e ends) leaf(c *x509.Certificate)      { e.set("leaf", c) }
func (e ends) authority(c *x509.Certificate) { e.set("authority", c) }

func (e ends) set(which string, c *x509.Certificate) {
	e.gauge.WithLabelValues(which).Set(float64(c.NotAfter.Unix()))
}

// authorityMetrics says what an Authority does.
type authorityMetrics struct {
	ends
	checked   prometheus.Gauge
	absent    prometheus.Gauge
	failures  prometheus.Counter
	changes   *prometheus.CounterVec
	obstacles *prometheus.GaugeVec
}

// An obstacle stands against keeping the certificates in order until somebody
// takes it away. Obstacles are metric labels.
type obstacle string

const (
	obstacleClock     obstacle = "clock"            // it is not the API server's
	obstacleImmutable obstacle = "secret-immutable" // nothing can be written into it
	obstacleNewer     obstacle = "secret-newer"     // a newer release has written it
)

func newAuthorityMetrics(registry prometheus.Registerer) authorityMetrics {
	m := authorityMetrics{
		ends: newEnds(registry),
		checked: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dualstack_certificate_checked_seconds",
			Help: "When all about the certificates was last found in order, in Unix time.",
		}),
		absent: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dualstack_certificate_configuration_absent",
			Help: "1 if no webhook configuration calls this webhook, else 0.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "dualstack_certificate_failures_total",
			Help: "Attempts to bring the certificates in order that failed.",
		}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dualstack_certificate_changes_total",
			Help: "What this replica did to the Secret and to the webhook configuration, by change.",
		}, []string{"change"}),
		obstacles: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "dualstack_certificate_obstacle",
			Help: "1 if the obstacle stands against keeping the certificates in order, else 0.",
		}, []string{"obstacle"}),
	}
	registry.MustRegister(m.checked, m.absent, m.failures, m.changes, m.obstacles)
	for _, o := range []obstacle{obstacleClock, obstacleImmutable, obstacleNewer} {
		m.stands(o, false)
	}
	for _, c := range []change{changeCreated, changePublished, changePromoted, changeRepaired, changeMerged} {
		m.changes.WithLabelValues(string(c))
	}
	return m
}

func (m authorityMetrics) found(l live) { m.absent.Set(oneIf(l.absent())) }

func (m authorityMetrics) stands(o obstacle, does bool) {
	m.obstacles.WithLabelValues(string(o)).Set(oneIf(does))
}

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func (m authorityMetrics) inOrder(now time.Time) { m.checked.Set(float64(now.Unix())) }
