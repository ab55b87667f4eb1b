package bench_test

import (
	"net/http"
	"testing"
)

// contender is one way to answer reviews.
type contender struct {
	name     string
	handlers map[string]http.Handler // by path
}

func contenders(tb testing.TB) []contender {
	tb.Helper()
	noop := http.HandlerFunc(floor)
	return []contender{
		{"Dualstack", dualstack(tb)},
		{"Usual", usual(tb)},
		{"Floor", map[string]http.Handler{podPath: noop, servicePath: noop}},
	}
}

func BenchmarkReview(b *testing.B) {
	for _, c := range reviewCases(b) {
		b.Run(c.name, func(b *testing.B) {
			for _, contender := range contenders(b) {
				b.Run(contender.name, measure(contender.handlers[c.path], c))
			}
		})
	}
}

// measure returns the benchmark of handler on the review.
func measure(handler http.Handler, c reviewCase) func(*testing.B) {
	return func(b *testing.B) {
		b.Helper()
		e := newExchange(b, c)
		b.ReportAllocs()
		b.SetBytes(int64(len(c.body)))
		for b.Loop() {
			e.with(handler)
		}
		e.response(b)
	}
}
