package istio

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/util/cert"

	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/kube/multicluster"
)

// injector is Istio's own, serving as istiod does.
type injector struct {
	address string
	bundle  []byte
	webhook *inject.Webhook
	istiod  *model.Environment
}

// startInjector serves the injector of a revision on loopback until the test
// ends. It answers for the names of the chart's Services.
func startInjector(t *testing.T, c *chart) injector {
	t.Helper()
	mux, istiod := http.NewServeMux(), istiodOf(c)
	webhook, err := inject.NewWebhook(inject.WebhookParameters{
		Watcher:      watch(t, c),
		Env:          istiod,
		Mux:          mux,
		Revision:     c.name,
		MultiCluster: multicluster.NewFakeController(),
	})
	if err != nil {
		t.Fatalf("starting the injector of revision %q: %v", c.name, err)
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	webhook.Run(stop)

	var names []string
	for _, object := range c.objects {
		if object.GetKind() == "Service" {
			names = append(names, fmt.Sprintf("%s.%s.svc", object.GetName(), systemNamespace))
		}
	}
	certPEM, keyPEM, err := cert.GenerateSelfSignedCertKey(names[0], nil, names[1:])
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(mux)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return injector{server.Listener.Addr().String(), certPEM, webhook, istiod}
}

// watch gives the injector its configuration in files, as the chart mounts it.
func watch(t *testing.T, c *chart) inject.Watcher {
	t.Helper()
	directory := t.TempDir()
	config, values := filepath.Join(directory, "config"), filepath.Join(directory, "values")
	for path, text := range map[string]string{config: c.config, values: c.values} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	watcher, err := inject.NewFileWatcher(config, values)
	if err != nil {
		t.Fatal(err)
	}
	return watcher
}

// istiodOf is the part of istiod that the injector asks.
func istiodOf(c *chart) *model.Environment {
	env := &model.Environment{Watcher: meshwatcher.NewTestWatcher(c.mesh)}
	setProxyConfigs(env, memory.Make(collections.Pilot))
	return env
}

// setProxyConfigs has istiod know the ProxyConfigs in the store, and no others.
// Without any it would not read the annotation proxy.istio.io/config.
func setProxyConfigs(istiod *model.Environment, store model.ConfigStore) {
	push := &model.PushContext{ProxyConfigs: model.GetProxyConfigs(store, istiod.Mesh())}
	push.InitDone.Store(true)
	istiod.SetPushContext(push)
}
