package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// What istio-cni's ConfigMap is read for. Without IPv6 it goes around ztunnel.
// https://github.com/istio/istio/blob/1.31.0/manifests/charts/istio-cni/templates/configmap-cni.yaml
const (
	cniConfigMap   = "istio-cni-config"
	ambientEnabled = "AMBIENT_ENABLED"
	ambientIPv6    = "AMBIENT_IPV6"
)

// AmbientOptions are what an Ambient needs. Decided, Registry and all from Interval on may
// be zero.
type AmbientOptions struct {
	// Reader reads the API server itself, not a cache. It needs the right to get
	// the ConfigMap istio-cni-config in Namespace, and may lack it.
	Reader    client.Reader
	Namespace string
	// Decided is what is known already; then nothing is read.
	Decided mutate.State
	// Registry is where the metrics are registered; nil for nowhere.
	Registry prometheus.Registerer
	Log      *zap.Logger
	// Interval is between two looks; half a minute if zero.
	Interval time.Duration
	// UnknownAfter is how long what was found counts; an hour if zero.
	UnknownAfter time.Duration
	// Jitter returns how long to wait instead of the interval; up to a tenth
	// longer if nil.
	Jitter func(time.Duration) time.Duration
}

// Ambient looks at what istio-cni says about IPv6 in Istio's ambient mesh, when it starts
// and from then on.
type Ambient struct {
	poller
	options AmbientOptions
	kept    kept[foundAmbient]
	told    foundAmbient // what the log says; only looks read it
}

// foundAmbient is what has been found out.
type foundAmbient struct {
	dualStack mutate.State
	found     bool
}

// NewAmbient returns an Ambient that knows nothing but what was decided.
func NewAmbient(o AmbientOptions) *Ambient {
	a := &Ambient{options: o, kept: keep[foundAmbient](o.UnknownAfter)}
	a.poller = newPoller(o.Interval, istioInterval, o.Jitter, a.Look)
	if o.Registry != nil {
		o.Registry.MustRegister(
			newAge("dualstack_istio_ambient_read_age_seconds", "Time since the ConfigMap of istio-cni was last looked for, or since the start if it never could be; 0 if it need not be.", a.age),
			newStateMetric("dualstack_istio_ambient_dual_stack", "1 for the state that is known of Istio's ambient mesh: enabled, disabled, unknown, or absent where there is no istio-cni.",
				"", words(absent), func() map[string]string { return map[string]string{"": a.state()} }),
		)
	}
	return a
}

// DualStack says whether the ambient mesh captures IPv6.
func (a *Ambient) DualStack() mutate.State {
	found, _ := a.kept.known()
	return cmp.Or(a.options.Decided, found.dualStack)
}

// state returns it in words.
func (a *Ambient) state() string {
	if found, ok := a.kept.known(); ok && !found.found && a.options.Decided == mutate.Unknown {
		return absent
	}
	return a.DualStack().String()
}

// Ready is a readiness check: nil once the first look is over, even if it
// failed.
func (a *Ambient) Ready(*http.Request) error {
	if !a.kept.looked() {
		return errors.New("istio-cni has not been looked for yet")
	}
	return nil
}

// Look replaces what is known, unless it cannot be read. The error says what is not
// known, and which setting can say it.
func (a *Ambient) Look(ctx context.Context) error {
	if a.options.Decided != mutate.Unknown {
		a.kept.saw(foundAmbient{})
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var now foundAmbient
	var config corev1.ConfigMap
	switch err := a.options.Reader.Get(ctx, client.ObjectKey{Namespace: a.options.Namespace, Name: cniConfigMap}, &config); {
	case err == nil:
		now = foundAmbient{readAmbient(config.Data), true}
	case !isAbsent(err):
		if consequence := a.kept.missed(err); consequence != "" {
			a.options.Log.Warn("looking for istio-cni failed, "+consequence, zap.Error(err))
		}
		return fmt.Errorf("whether Istio's ambient mesh captures IPv6 is unknown, unless the setting istio.ambientDualStack says: %w", err)
	}
	a.kept.saw(now)
	if now != a.told {
		a.options.Log.Info("whether Istio's ambient mesh captures IPv6", zap.Bool("found", now.found), zap.Stringer("dualStack", now.dualStack))
		a.told = now
	}
	return nil
}

// readAmbient returns what the ConfigMap says. One without a word about IPv6 is of a
// version whose default is not known here.
func readAmbient(data map[string]string) mutate.State {
	if on, err := strconv.ParseBool(data[ambientEnabled]); err != nil || !on {
		return mutate.Unknown
	}
	on, err := strconv.ParseBool(data[ambientIPv6])
	switch {
	case err != nil:
		return mutate.Unknown
	case on:
		return mutate.Enabled
	default:
		return mutate.Disabled
	}
}

// age is how old what is known is. What was decided does not age.
func (a *Ambient) age() time.Duration {
	if a.options.Decided != mutate.Unknown {
		return 0
	}
	return a.kept.age()
}
