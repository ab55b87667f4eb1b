package bench_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
	"github.com/dualstack-dev/webhook/webhook"
)

// dualstack returns our handlers, by path, for a namespace that opted in and
// has a mesh that is dual-stack.
func dualstack(tb testing.TB) map[string]http.Handler {
	tb.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	defaults := mutate.Policy{
		Headless: true,
		Profiles: profiles,
		Facts:    mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}}},
	}
	labels := map[string]string{mutate.KeyMode: string(mutate.ModeApply), "istio-injection": "enabled"}
	return webhook.Handlers(webhook.Options{
		Policies: func(context.Context, string) mutate.Policy { return defaults.WithNamespace(labels, nil) },
		Metrics:  webhook.NewMetrics(prometheus.NewRegistry(), webhook.Build{}),
		Log:      zap.NewNop(),
	})
}
