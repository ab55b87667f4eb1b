package cluster

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dualstack-dev/webhook/mutate"
)

// absent is the word for a mesh of which the cluster shows no trace. It is in metrics
// alone: to a decision it is unknown, and only an alert must tell the two apart.
const absent = "absent"

// stateMetric has a series for each state of each thing, 1 for the state that holds.
// It is read when it is asked for, because a state becomes unknown by its age.
type stateMetric struct {
	desc *prometheus.Desc
	read func() map[string]string // states, in words, by the thing; "" for one without a name
	// words are the states that have a series.
	words []string
}

// newStateMetric returns a metric whose things are told apart by a label; one thing if
// it is "".
func newStateMetric(name, help, label string, words []string, read func() map[string]string) stateMetric {
	labels := []string{"state"}
	if label != "" {
		labels = []string{label, "state"}
	}
	return stateMetric{prometheus.NewDesc(name, help, labels, nil), read, words}
}

// Describe is for a registry.
func (m stateMetric) Describe(descs chan<- *prometheus.Desc) { descs <- m.desc }

// Collect is for a registry.
func (m stateMetric) Collect(metrics chan<- prometheus.Metric) {
	for thing, state := range m.read() {
		for _, word := range m.words {
			labels := []string{word}
			if thing != "" {
				labels = []string{thing, word}
			}
			metrics <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, one(word == state), labels...)
		}
	}
}

// words returns those of the states, and others.
func words(others ...string) []string {
	return append([]string{mutate.Unknown.String(), mutate.Enabled.String(), mutate.Disabled.String()}, others...)
}

// newAge returns a metric of how old what is known is.
func newAge(name, help string, age func() time.Duration) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return age().Seconds() })
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
