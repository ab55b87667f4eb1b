package test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/webhook"
)

// testRenewal renews the leaves of two replicas, one after the other, under load.
// They run in this process, by clocks that begin 25 days ago, and take no second
// request on a connection, so that each is a handshake.
func (c *cluster) testRenewal(t *testing.T) {
	c.distrust(t)
	now := time.Now()
	var replicas [2]*turned
	var addresses [2]string
	for i := range replicas {
		replicas[i] = c.turn(t, "renewal", ourConfiguration, now.AddDate(0, 0, -25))
		replicas[i].set(t, replicas[i].clock.Now())
		addresses[i] = serveHere(t, replicas[i])
	}
	var next atomic.Int64
	c.route(t, func() (string, error) { return addresses[next.Add(1)%2], nil })
	c.Disconnect()
	c.namespace(t, "renewal", applied, nil)
	await(t, "a mutation", func() bool {
		got, err := c.create(t.Context(), "renewal", plainWeb)
		return err == nil && policyOf(got) == "PreferDualStack"
	})
	load := c.startLoad(t, "renewal", 4)
	defer load.stop(t)
	load.more(t)
	for i, replica := range replicas {
		before := servedLeaf(addresses[i])
		replica.set(t, now)
		after := servedLeaf(addresses[i])
		if bytes.Equal(before.Raw, after.Raw) || !bytes.Equal(before.AuthorityKeyId, after.AuthorityKeyId) {
			t.Errorf("replica %d serves the leaf %x of %x after %x of %x, want another of the same authority",
				i, after.SerialNumber, after.AuthorityKeyId, before.SerialNumber, before.AuthorityKeyId)
		}
		load.more(t)
	}
}

// serveHere serves the webhook with the replica's certificate until the test ends.
func serveHere(t *testing.T, replica *turned) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	handlers := webhook.Handlers(webhook.Options{
		Policies: func(context.Context, string) mutate.Policy { return mutate.Policy{Mode: mutate.ModeApply} },
		Metrics:  webhook.NewMetrics(prometheus.NewRegistry(), webhook.Build{}),
		Log:      zap.NewNop(),
	})
	for path, handler := range handlers {
		mux.Handle(path, handler)
	}
	server := &http.Server{
		Handler:           mux,
		TLSConfig:         &tls.Config{GetCertificate: replica.GetCertificate, MinVersion: tls.VersionTLS13},
		ReadHeaderTimeout: 10 * time.Second,
	}
	server.SetKeepAlivesEnabled(false)
	go func() { _ = server.ServeTLS(listener, "", "") }() // Close ends it.
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}
