package test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// door stands between a program and the API server, and can be told what to do at
// each write.
type door struct {
	*httptest.Server
	kubeconfig string

	mu     sync.Mutex
	writes int
	// before and after are called with the number of a write, from 1 on, when it
	// comes and once it is done; after before its answer goes out.
	before, after func(write int)
}

// openDoor opens one on loopback.
func (c *cluster) openDoor(t *testing.T) *door {
	t.Helper()
	config := c.Config()
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = transport
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPatch {
			proxy.ServeHTTP(w, r)
			return
		}
		d.mu.Lock()
		d.writes++
		write, before, after := d.writes, d.before, d.after
		d.mu.Unlock()
		if before != nil {
			before(write)
		}
		if r.Context().Err() != nil {
			return // Who asked is dead.
		}
		answer := httptest.NewRecorder()
		// The API server must not see that the program dies.
		proxy.ServeHTTP(answer, r.WithContext(context.WithoutCancel(r.Context())))
		if after != nil {
			after(write)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(d.Close)
	d.kubeconfig = writeKubeconfig(t, d.URL)
	return d
}

// tell resets the count of writes, and says what to do at each.
func (d *door) tell(before, after func(int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes, d.before, d.after = 0, before, after
}

func writeKubeconfig(t *testing.T, server string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	config := clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"door": {Server: server}},
		Contexts:       map[string]*clientcmdapi.Context{"door": {Cluster: "door"}},
		CurrentContext: "door",
	}
	if err := clientcmd.WriteToFile(config, file); err != nil {
		t.Fatal(err)
	}
	return file
}
