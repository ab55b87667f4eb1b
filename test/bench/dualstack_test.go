package bench_test

import (
	"context"
	"net/http"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/server"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
	"github.com/dualstack-dev/webhook/webhook"
)

// dualstack returns our handlers, by path, for a namespace that opted in and
// has a mesh that is dual-stack.
func dualstack(tb testing.TB) map[string]http.Handler {
	tb.Helper()
	return handlersOf(usualPolicy(tb))
}

func usualPolicy(tb testing.TB) mutate.Policy {
	tb.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return mutate.Policy{
		Headless: true,
		Profiles: profiles,
		Facts:    mutate.Facts{Meshes: map[string]mutate.Mesh{"istio": {DualStack: mutate.Enabled}}},
	}
}

// widePolicy is the usual one with all that can be asked for.
func widePolicy(tb testing.TB) mutate.Policy {
	tb.Helper()
	policy := usualPolicy(tb)
	servers, err := server.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	bypass, err := address.ParseBypass([]string{"fd00:10:96::/112", "fd00:10:244::/56", ".svc", ".cluster.local"})
	if err != nil {
		tb.Fatal(err)
	}
	policy.Servers, policy.NoProxy, policy.Bypass = servers, true, bypass
	policy.CIDRs = address.CIDRMap{netip.MustParsePrefix("10.96.0.0/12"): netip.MustParsePrefix("fd00:10:96::/112")}
	policy.Facts.Pods, policy.Facts.DualStack = mutate.Enabled, mutate.Enabled
	return policy
}

// handlersOf returns our handlers, by path, for namespaces with that policy.
func handlersOf(defaults mutate.Policy) map[string]http.Handler {
	labels := map[string]string{mutate.KeyMode: string(mutate.ModeApply), "istio-injection": "enabled"}
	return webhook.Handlers(webhook.Options{
		Policies: func(context.Context, string) mutate.Policy { return defaults.WithNamespace(labels, nil) },
		Metrics:  webhook.NewMetrics(prometheus.NewRegistry(), webhook.Build{}),
		Log:      zap.NewNop(),
	})
}
