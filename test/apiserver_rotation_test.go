package test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/cert"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/certs"
	"github.com/dualstack-dev/webhook/test/envtest"
)

// turned is a replica's certificates under a clock that the test turns.
type turned struct {
	*certs.Authority
	clock    *clocktesting.FakeClock
	registry *prometheus.Registry
}

// turn begins at now, with a Secret and a webhook configuration of these names,
// until the test ends. The API server's clock is turned with the replica's.
func (c *cluster) turn(t *testing.T, secret, configuration string, now time.Time) *turned {
	t.Helper()
	config, clock := c.Config(), clocktesting.NewFakeClock(now)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return dater{next, clock} })
	return begin(t, config, clock, secret, configuration)
}

// dater has the API server say that it is what the clock says.
type dater struct {
	http.RoundTripper
	clock *clocktesting.FakeClock
}

func (d dater) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := d.RoundTripper.RoundTrip(request)
	if err == nil {
		response.Header.Set("Date", d.clock.Now().UTC().Format(http.TimeFormat))
	}
	return response, err
}

// begin runs a replica's certificates by the clock until the test ends.
func begin(t *testing.T, config *rest.Config, clock *clocktesting.FakeClock, secret, configuration string) *turned {
	t.Helper()
	config.QPS = -1 // Years of repairs pass in seconds.
	replica := &turned{clock: clock, registry: prometheus.NewRegistry()}
	var err error
	replica.Authority, err = certs.NewAuthority(config, certs.AuthorityOptions{
		Secret:        client.ObjectKey{Namespace: "dualstack-system", Name: secret},
		Configuration: configuration,
		Names:         []string{envtest.DNSName},
		Registry:      replica.registry,
		Log:           zap.NewNop(),
		Clock:         replica.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := replica.Start(ctx); err != nil {
			t.Errorf("Start() = %v, want nil", err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	return replica
}

// set turns the clock, and waits until the replica has found all in order by it.
// A timer that is set during the turn may miss it, so then the clock goes on.
func (r *turned) set(t *testing.T, now time.Time) {
	t.Helper()
	r.clock.SetTime(now)
	await(t, fmt.Sprintf("order on %s", now.Format(time.DateOnly)), func() bool {
		if r.metric(t, "dualstack_certificate_checked_seconds", "") >= float64(now.Unix()) {
			return true
		}
		if r.clock.HasWaiters() {
			r.clock.Step(10 * time.Second)
		}
		return false
	})
}

// metric returns the value of a metric, and of a label if it has one.
func (r *turned) metric(t *testing.T, name, label string) float64 {
	t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if family.GetName() == name && (label == "" || metric.GetLabel()[0].GetValue() == label) {
				return metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s{%s}", name, label)
	return 0
}

// testYears lets two replicas, whose clocks are half an hour apart, live three
// years up to now, in steps of four days. At each step the API server would
// accept what either serves. At the end it really does: with a replica of today.
func (c *cluster) testYears(t *testing.T) {
	const step, apart = 4 * 24 * time.Hour, 30 * time.Minute
	c.distrust(t)
	end := time.Now()
	begin := end.AddDate(-3, 0, 0)
	replicas := []*turned{c.turn(t, "years", ourConfiguration, begin), c.turn(t, "years", ourConfiguration, begin.Add(-apart))}
	leaves := map[string]bool{}
	for now := begin; now.Before(end); now = now.Add(step) {
		for i, replica := range replicas {
			replica.set(t, now.Add(-apart*time.Duration(i)))
		}
		for _, replica := range replicas {
			leaf, err := replica.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			leaves[string(leaf.Certificate[0])] = true
			if err := c.verify(t, leaf.Leaf, now); err != nil {
				t.Fatalf("on %s: %v", now.Format(time.DateOnly), err)
			}
		}
	}
	changes := func(change string) (n float64) {
		for _, replica := range replicas {
			n += replica.metric(t, "dualstack_certificate_changes_total", change)
		}
		return n
	}
	// Three years hold two rotations, one at most 16 months after the other.
	for change, want := range map[string]float64{"authority-created": 1, "next-published": 2, "next-promoted": 2, "secret-repaired": 0} {
		if got := changes(change); got != want {
			t.Errorf("%s: %v times by both replicas, want %v", change, got, want)
		}
	}
	t.Logf("%d leaves, %v merges of the bundle", len(leaves), changes("bundle-merged"))
	if len(leaves) < 2*45 {
		t.Errorf("%d leaves in three years by both replicas, want one each 20 days or earlier", len(leaves))
	}
	ours := c.ours(t)
	if len(ours) != 2 {
		t.Errorf("the bundle holds %d of our authorities, want the current one and one before", len(ours))
	}
	c.namespace(t, "years", applied, nil)
	server := c.start(t, []string{"--kubeconfig", c.Kubeconfig(), "--tls-authority-secret", "dualstack-system/years", "--tls-names", envtest.DNSName, "--shutdown-delay", "0s"})
	c.route(t, envtest.Backend(server.Address))
	await(t, "a mutation", func() bool {
		got, err := c.create(t.Context(), "years", plainWeb)
		return err == nil && policyOf(got) == "PreferDualStack"
	})
}

// testRotation rotates the authority under load, and then deletes its Secret:
// not one request may fail or be left unmutated. The programs have today's
// clock; a third replica has one that the test turns, so that the authority is
// old at the start, and the overlap is over when it should be.
func (c *cluster) testRotation(t *testing.T) {
	c.distrust(t)
	now := time.Now()
	third := c.turn(t, "rotation", ourConfiguration, now.AddDate(0, 0, -500))
	third.set(t, now.AddDate(0, 0, -500))
	third.set(t, now)
	flags := []string{"--kubeconfig", c.Kubeconfig(), "--tls-authority-secret", "dualstack-system/rotation", "--tls-names", envtest.DNSName, "--shutdown-delay", "0s"}
	first, second := c.start(t, flags), c.start(t, flags)
	c.route(t, balance(t, first, second).pick)
	c.namespace(t, "rotation", applied, nil)
	await(t, "a mutation", func() bool {
		got, err := c.create(t.Context(), "rotation", plainWeb)
		return err == nil && policyOf(got) == "PreferDualStack"
	})
	load := c.startLoad(t, "rotation", 4)
	defer load.stop(t)
	load.more(t)
	var secret corev1.Secret
	key := client.ObjectKey{Namespace: "dualstack-system", Name: "rotation"}
	if err := c.client.Get(t.Context(), key, &secret); err != nil {
		t.Fatal(err)
	}
	next := parseOne(t, secret.Data["next.crt"])
	if leaf := servedLeaf(first.Address); leaf.CheckSignatureFrom(next) == nil {
		t.Error("the next authority signs already, want it only published")
	}
	third.set(t, third.clock.Now().Add(11*time.Minute))
	await(t, "leaves of the next authority", func() bool { return serveLeavesOf(next, first, second) })
	load.more(t)

	if err := c.client.Delete(t.Context(), &secret); err != nil {
		t.Fatal(err)
	}
	await(t, "leaves of another authority", func() bool {
		return c.client.Get(t.Context(), key, &secret) == nil &&
			serveLeavesOf(parseOne(t, secret.Data["current.crt"]), first, second)
	})
	load.more(t)
}

// serveLeavesOf reports whether all replicas serve leaves that the authority
// has signed.
func serveLeavesOf(authority *x509.Certificate, replicas ...*envtest.Server) bool {
	return !slices.ContainsFunc(replicas, func(replica *envtest.Server) bool {
		leaf := servedLeaf(replica.Address)
		return leaf == nil || leaf.CheckSignatureFrom(authority) != nil
	})
}

// verify does with every bundle what the API server does.
func (c *cluster) verify(t *testing.T, leaf *x509.Certificate, now time.Time) error {
	t.Helper()
	for _, w := range c.configuration(t).Webhooks {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(w.ClientConfig.CABundle)
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: envtest.DNSName, Roots: roots, CurrentTime: now}); err != nil {
			return fmt.Errorf("webhook %s: %w", w.Name, err)
		}
	}
	return nil
}

// ours returns the certificates of our own authorities in the first bundle.
func (c *cluster) ours(t *testing.T) []*x509.Certificate {
	t.Helper()
	all, err := cert.ParseCertsPEM(c.configuration(t).Webhooks[0].ClientConfig.CABundle)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c *x509.Certificate) bool { return c.Subject.CommonName != "dualstack-webhook" })
}

func parseOne(t *testing.T, pem []byte) *x509.Certificate {
	t.Helper()
	certificates, err := cert.ParseCertsPEM(pem)
	if err != nil {
		t.Fatal(err)
	}
	return certificates[0]
}
