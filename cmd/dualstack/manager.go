package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/dualstack-dev/webhook/certs"
	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/webhook"
)

// newManager assembles the webhook server, the cache of namespaces, the probes
// and the metrics.
func newManager(ctx context.Context, s *settings, config *rest.Config, source certs.Source, drain *webhook.Drain, logger *zap.Logger) (manager.Manager, error) {
	policy, err := s.policy()
	if err != nil {
		return nil, err
	}
	server, err := newServer(s, source)
	if err != nil {
		return nil, err
	}
	mgr, reach, err := connect(s, config, server, logger)
	if err != nil {
		return nil, err
	}
	facts, err := watchFacts(mgr, s, policy.Facts, logger)
	if err != nil {
		return nil, err
	}
	namespaces, err := webhook.NewNamespaces(ctx, mgr.GetCache(), policy, facts.Now)
	if err != nil {
		return nil, err
	}
	metrics.Registry.MustRegister(namespaces.Metric(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	addHandlers(mgr, drain, webhook.Options{
		Policies: namespaces.Policy,
		Metrics:  webhook.NewMetrics(metrics.Registry, readBuild()),
		Log:      logger.Named("webhook"),
	})
	checks := map[string]healthz.Checker{
		"apiserver":  reach.ready,
		"drain":      drain.Ready,
		"namespaces": namespaces.Ready,
		"webhook":    server.StartedChecker(),
	}
	for name, check := range facts.Checks() {
		checks[name] = check
	}
	maps.Copy(checks, source.Checks())
	return mgr, errors.Join(mgr.Add(source), addProbes(ctx, mgr, s.probeListen, checks))
}

// connect returns a manager, and what will be known of the API server, which need
// not be there yet.
func connect(s *settings, config *rest.Config, server ctrlwebhook.Server, logger *zap.Logger) (manager.Manager, *reach, error) {
	namespaceCache, err := webhook.NamespaceCache()
	if err != nil {
		return nil, nil, err
	}
	reach := &reach{log: logger}
	config = rest.CopyConfig(config)
	config.Wrap(reach.wrap)
	mgr, err := manager.New(config, manager.Options{
		MapperProvider: newMapper,
		Cache:          namespaceCache,
		WebhookServer:  server,
		Metrics:        metricsserver.Options{BindAddress: orOff(s.metricsListen)},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return mgr, reach, nil
}

// watchFacts has mgr find out what nobody has decided.
func watchFacts(mgr manager.Manager, s *settings, decided mutate.Facts, logger *zap.Logger) (*cluster.Facts, error) {
	options, err := s.options(decided)
	if err != nil {
		return nil, err
	}
	options.Reader, options.Registry, options.Log = mgr.GetAPIReader(), metrics.Registry, logger
	options.OwnPod = cluster.PodNetwork(os.Getenv(variablePodIPs), os.Getenv(variableHostIPs))
	facts := cluster.NewFacts(options)
	var errs []error
	for _, runnable := range facts.Runnables() {
		errs = append(errs, mgr.Add(runnable))
	}
	return facts, errors.Join(errs...)
}

// addHandlers adds what answers reviews.
func addHandlers(mgr manager.Manager, drain *webhook.Drain, o webhook.Options) {
	// The manager runs its server from the first time that it is asked for it.
	registry := mgr.GetWebhookServer()
	for path, handler := range webhook.Handlers(o) {
		registry.Register(path, drain.Wrap(handler))
	}
}

// newServer returns the server of the webhook's own port.
func newServer(s *settings, source certs.Source) (ctrlwebhook.Server, error) {
	host, port, err := splitAddress(s.listen)
	if err != nil {
		return nil, err
	}
	return ctrlwebhook.NewServer(ctrlwebhook.Options{Host: host, Port: port, TLSOpts: []func(*tls.Config){tlsOptions(source)}}), nil
}

// tlsOptions allow only what the API server uses: TLS 1.3, and HTTP/1.1, which
// it asks for so that requests spread over replicas:
// k8s.io/apiserver/pkg/util/webhook/client.go.
func tlsOptions(source certs.Source) func(*tls.Config) {
	return func(config *tls.Config) {
		config.MinVersion = tls.VersionTLS13
		config.NextProtos = []string{"http/1.1"}
		config.GetCertificate = source.GetCertificate
	}
}

// orOff returns the address, or the word with which controller-runtime serves
// nothing.
func orOff(address string) string {
	if address == "" {
		return "0"
	}
	return address
}
