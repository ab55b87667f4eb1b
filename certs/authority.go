package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

// An Authority is a source that issues its own certificate, from an authority
// that all replicas share in a Secret, and that tells the API server to trust
// it, in the caBundle of the webhook configuration. It keeps both right: what is
// deleted, wiped or edited is repaired as soon as it is seen. Every replica does
// all of this; the API server's optimistic concurrency decides who is first, and
// the others look again, so none has to lead.
type Authority struct {
	names          []string
	secrets        secrets
	configurations configurations
	clock          clock.Clock
	server         *serverClock
	metrics        authorityMetrics
	log            *zap.Logger
	watches        cache.Cache
	wake           chan struct{}

	// leaf is what is served; nil at first. Trusted stays once it is set: later
	// trouble with the bundle is the same for all replicas, and taking them out of
	// service would not help. Trouble is what stood against the last pass; nil if
	// nothing did.
	leaf    atomic.Pointer[tls.Certificate]
	trusted atomic.Bool
	trouble atomic.Pointer[error]

	// What follows belongs to Start.
	candidate *tls.Certificate // to be served when the callers trust it
	unsaved   authorities      // what there is while there is neither a Secret nor a caller
	seen      sightings
	wasAbsent bool
}

// AuthorityOptions say what an Authority works with. All are required, but for
// the clock.
type AuthorityOptions struct {
	Secret        client.ObjectKey
	Configuration string   // the name of the webhook configuration
	Names         []string // the DNS names to be called by: SERVICE.NAMESPACE.svc
	Registry      prometheus.Registerer
	Log           *zap.Logger
	Clock         clock.Clock // the real one if nil
}

// NewAuthority makes an Authority that begins when it is started. It registers
// its metrics, which panics if they are registered already. It does not call the
// API server.
func NewAuthority(config *rest.Config, o AuthorityOptions) (*Authority, error) {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	config = rest.CopyConfig(config)
	if config.QPS == 0 {
		// Whoever undoes each repair at once gets an argument, but a slow one.
		config.QPS, config.Burst = 2, 20
	}
	server := &serverClock{clock: o.Clock}
	config.Wrap(server.wrap)
	_, _, mapper := kinds()
	c, err := client.New(config, client.Options{Mapper: mapper})
	if err != nil {
		return nil, fmt.Errorf("making a client for the certificates: %w", err)
	}
	a := &Authority{
		names:          o.Names,
		secrets:        secrets{c, o.Secret},
		configurations: configurations{c, o.Configuration, o.Names},
		clock:          o.Clock,
		server:         server,
		metrics:        newAuthorityMetrics(o.Registry),
		log:            o.Log,
		wake:           make(chan struct{}, 1),
		seen:           sightings{},
	}
	a.watches, err = watch(config, o.Secret, o.Configuration, a.changed)
	return a, err
}

// GetCertificate returns the leaf, or an error if there is none yet.
func (a *Authority) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	leaf := a.leaf.Load()
	if leaf == nil {
		return nil, errNoLeaf
	}
	return leaf, nil
}

var (
	errNoLeaf    = errors.New("there is no serving certificate yet")
	errUntrusted = errors.New("the webhook configuration does not trust the serving certificate yet")
)

// because returns err with what stands against the certificates, if that is known.
func (a *Authority) because(err error) error {
	if trouble := a.trouble.Load(); trouble != nil && *trouble != nil {
		return fmt.Errorf("%w: %w", err, *trouble)
	}
	return err
}

// Checks returns two, so that /readyz says which of them fails, and why.
func (a *Authority) Checks() map[string]healthz.Checker {
	return map[string]healthz.Checker{
		"certificate": func(*http.Request) error {
			if a.leaf.Load() == nil {
				return a.because(errNoLeaf)
			}
			return nil
		},
		"certificate-bundle": func(*http.Request) error {
			if !a.trusted.Load() {
				return a.because(errUntrusted)
			}
			return nil
		},
	}
}

// Start brings all in order, again and again, until ctx is done: when something
// has changed, when something is due, and now and then.
func (a *Authority) Start(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	watching.Go(func() {
		if err := a.watches.Start(ctx); err != nil {
			a.log.Error("watching the certificates", zap.Error(err))
		}
	})
	retry := newRetry()
	for {
		pause, err := a.pass(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if isConflict(err) || err == nil && pause == 0 {
			continue
		}
		a.trouble.Store(&err)
		if err != nil {
			a.metrics.failures.Inc()
			a.log.Error("the certificates are not in order", zap.Error(err))
			pause = retry.Step()
		} else {
			retry = newRetry()
		}
		a.rest(ctx, pause)
	}
}

// rest waits until there is something to do.
func (a *Authority) rest(ctx context.Context, pause time.Duration) {
	timer := a.clock.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-a.wake:
	case <-timer.C():
	}
}

// changed wakes Start up. It does not wait: one wake-up is enough for all changes
// that are not looked at yet.
func (a *Authority) changed() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func newRetry() wait.Backoff {
	return wait.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 7, Cap: 30 * time.Second}
}
