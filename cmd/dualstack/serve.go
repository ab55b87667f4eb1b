package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/dualstack-dev/webhook/webhook"
)

func newServe() *cobra.Command {
	var s settings
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run the admission webhook",
		Long: `Serve answers the API server's admission reviews over HTTPS.

Each flag can also be given in the environment (DUALSTACK_SHUTDOWN_DELAY) and in
the file of --config (shutdownDelay), where --cluster-..., --istio-...,
--linkerd-..., --log-..., --services-..., --sidecars-... and --tls-... are mappings (log.format). A flag comes before the
environment, and that before the file.

After SIGTERM it is unready but serves on for --shutdown-delay, so that no
request is lost while load balancers notice.`,
		Example: `  # In a cluster, with a certificate of its own authority.
  dualstack serve --tls-authority-secret system/authority --tls-names webhook.system.svc

  # In a cluster, with a certificate from cert-manager or from you.
  dualstack serve --tls-cert-file /tls/tls.crt --tls-key-file /tls/tls.key

  # For an Istio whose istiod runs with ISTIO_DUAL_STACK=true.
  dualstack serve --istio-dual-stack enabled --config /etc/dualstack/config.yaml

  # On a workstation, for the cluster of the current context.
  dualstack serve --tls-throw-away ca.pem --tls-names host.example.com --log-format console`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := load(command.Flags(), os.LookupEnv); err != nil {
				return err
			}
			if err := s.validate(); err != nil {
				return err
			}
			if err := serve(command.Context(), &s); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	s.add(command.Flags())
	completeWords(command, policyWords(clusterAuto))
	completeWords(command, map[string][]cobra.Completion{
		"log-format": {"json", "console"},
		"log-level":  {"debug", "info", "warn", "error"},
	})
	return command
}

// serve runs until ctx is done and the shutdown delay is over, or until
// something that it needs fails.
func serve(ctx context.Context, s *settings) error {
	logger, err := newLogger(s.logFormat, s.logLevel)
	if err != nil {
		return err
	}
	defer func() { _ = logger.Sync() }() // Standard error cannot be synced everywhere.
	captureLibraries(logger)
	if err := limitMemory(memlimit.FromCgroup, logger); err != nil {
		logger.Warn("memory is not limited", zap.Error(err))
	}
	cluster := func() (*rest.Config, error) { return clusterConfig(s.kubeconfig) }
	source, err := s.source(cluster, metrics.Registry, logger)
	if err != nil {
		return err
	}
	config, err := cluster()
	if err != nil {
		return err
	}
	drain := &webhook.Drain{}
	mgr, err := newManager(ctx, s, config, source, drain, logger)
	if err != nil {
		return err
	}
	build := readBuild()
	logger.Info("starting", zap.String("version", build.Version), zap.String("revision", build.Revision),
		zap.String("listen", s.listen), zap.Stringer("istioDualStack", s.istioDualStack))
	return runUntilDrained(ctx, mgr, drain, s.shutdownDelay, logger)
}

// runUntilDrained keeps mgr running for delay after ctx is done.
func runUntilDrained(ctx context.Context, mgr manager.Manager, drain *webhook.Drain, delay time.Duration, logger *zap.Logger) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(ctx, func() {
		logger.Info("draining", zap.Duration("delay", delay))
		drain.Begin()
		time.AfterFunc(delay, stop)
	})
	if err := start(running, mgr); err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// start runs mgr until ctx is done. A manager whose caches never filled does not end:
// it waits for them without looking at why
// (sigs.k8s.io/controller-runtime@v0.25.2/pkg/manager/runnable_group.go), so nobody
// waits for it.
func start(ctx context.Context, mgr manager.Manager) error {
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case <-mgr.Elected():
		return <-ended
	default:
		return nil
	}
}
