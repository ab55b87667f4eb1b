package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dualstack-dev/webhook/mutate"
)

// Outcomes of a review. They are metric labels.
const (
	outcomePatched   = "patched"   // the answer holds a patch
	outcomeReported  = "reported"  // it would, were the mode not to report
	outcomeUnchanged = "unchanged" // nothing to change
	outcomeFailed    = "failed"    // allowed unread
)

// durationBuckets resolve what a review takes, 50 µs to 25 ms, in seconds.
var durationBuckets = []float64{
	50e-6, 75e-6, 100e-6, 150e-6, 250e-6, 500e-6,
	1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3,
}

// Metrics counts what the handlers do.
type Metrics struct {
	reviews  *prometheus.CounterVec
	notes    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	panics   *prometheus.CounterVec
	rejected *prometheus.CounterVec
	inFlight prometheus.Gauge
	waiting  prometheus.Gauge
	shed     prometheus.Counter
}

// Build is what is known about the program, for the metric that says so.
type Build struct {
	Version   string `json:"version"`
	Revision  string `json:"revision"`
	GoVersion string `json:"goVersion"`
}

// NewMetrics registers the metrics. It panics if they are registered already.
func NewMetrics(registry prometheus.Registerer, build Build) *Metrics {
	m := &Metrics{
		reviews: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dualstack_reviews_total",
			Help: "Admission reviews answered, by resource, mode and outcome.",
		}, []string{"resource", "mode", "outcome"}),
		notes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dualstack_notes_total",
			Help: "Decisions, by code.",
		}, []string{"code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "dualstack_review_duration_seconds",
			Help:    "Time from the first byte of a review to the last of its answer.",
			Buckets: durationBuckets,
		}, []string{"resource", "mode"}),
		panics: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dualstack_panics_total",
			Help: "Panics that were stopped; each is a defect.",
		}, []string{"resource"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dualstack_rejected_bodies_total",
			Help: "Requests without a readable review, answered with an HTTP error, by reason.",
		}, []string{"reason"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dualstack_bytes_in_flight",
			Help: "Bytes of the bodies that are being read and decided about.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dualstack_requests_waiting",
			Help: "Requests that wait, unread, until there is room for their bodies.",
		}),
		shed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "dualstack_requests_shed_total",
			Help: "Requests that were given up while they waited, and so were allowed unread.",
		}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "dualstack_build_info",
		Help:        "Always 1; the labels say which build runs.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "go_version": build.GoVersion},
	})
	info.Set(1)
	registry.MustRegister(m.reviews, m.notes, m.duration, m.panics, m.rejected, m.inFlight, m.waiting, m.shed, info)
	m.zero()
	return m
}

// zero sets the counters to zero: a rate over a series that begins with its
// first event misses that event.
func (m *Metrics) zero() {
	for _, mode := range []mutate.Mode{mutate.ModeApply, mutate.ModeReport} {
		for _, r := range []route{routeOf("pods", mode), routeOf("services", mode)} {
			m.panics.WithLabelValues(r.resourceName)
			m.duration.WithLabelValues(r.resourceName, string(r.mode))
			for _, outcome := range []string{outcomePatched, outcomeReported, outcomeUnchanged, outcomeFailed} {
				m.reviews.WithLabelValues(r.resourceName, string(r.mode), outcome)
			}
		}
	}
	for _, code := range mutate.Codes() {
		m.notes.WithLabelValues(string(code))
	}
	for _, reason := range []string{reasonTooLarge, reasonTimeout, reasonPanic, reasonMalformed, reasonGivenUp} {
		m.rejected.WithLabelValues(reason)
	}
}

// reviewed counts a review that was answered.
func (m *Metrics) reviewed(r route, result mutate.Result, err error, took time.Duration) {
	outcome := outcomeUnchanged
	switch {
	case err != nil:
		outcome = outcomeFailed
	case result.Patch != nil:
		outcome = outcomePatched
	case result.Reported():
		outcome = outcomeReported
	}
	if trouble(err).reason == reasonPanic {
		m.panicked(r)
	}
	m.reviews.WithLabelValues(r.resourceName, string(r.mode), outcome).Inc()
	m.duration.WithLabelValues(r.resourceName, string(r.mode)).Observe(took.Seconds())
	for _, note := range result.Notes {
		m.notes.WithLabelValues(string(note.Code)).Inc()
	}
}

func (m *Metrics) panicked(r route) {
	m.panics.WithLabelValues(r.resourceName).Inc()
}

// taken counts the bytes of a body that is begun, or, negative, done with.
func (m *Metrics) taken(bytes int64) { m.inFlight.Add(float64(bytes)) }

// waits counts a request that waits, until the function that it returns is called.
func (m *Metrics) waits() (done func()) {
	m.waiting.Inc()
	return m.waiting.Dec
}

func (m *Metrics) rejectedBody(reason string) {
	m.rejected.WithLabelValues(reason).Inc()
}
