package envtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// egressConfiguration sends what the API server calls "cluster", webhooks among
// it, to a proxy on a unix socket:
// k8s.io/apiserver/pkg/apis/apiserver/v1beta1/types.go.
func egressConfiguration(socket string) []byte {
	return fmt.Appendf(nil, `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: HTTPConnect
    transport:
      uds:
        udsName: %s
`, socket)
}

// Pick returns the address of a ready backend. An error refuses the connection,
// as kube-proxy does for a Service without endpoints.
type Pick func() (address string, err error)

// Route sends connections for the Service, at its first cluster IP and this
// port, to the backends that pick returns. It replaces an earlier route.
func (c *ControlPlane) Route(service *corev1.Service, port int32, pick Pick) {
	c.proxy.route(net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(int(port))), pick)
}

// Disconnect closes the connections that the API server has kept. Without it they
// lead to a backend of an earlier route for as long as that lives.
func (c *ControlPlane) Disconnect() { c.proxy.disconnect() }

// Backend returns a Pick of one address that is always ready.
func Backend(address string) Pick {
	return func() (string, error) { return address, nil }
}

// proxy answers CONNECT requests:
// k8s.io/apiserver/pkg/server/egressselector/egress_selector.go,
// tunnelHTTPConnect.
type proxy struct {
	server *http.Server
	served sync.WaitGroup

	mu     sync.Mutex
	routes map[string]Pick
	open   map[net.Conn]bool
	closed bool
}

func startProxy(socket string) (*proxy, error) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listening for the API server's connections: %w", err)
	}
	p := &proxy{routes: map[string]Pick{}, open: map[net.Conn]bool{}}
	p.server = &http.Server{Handler: http.HandlerFunc(p.connect), ReadHeaderTimeout: 10 * time.Second}
	p.served.Go(func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // The listener is ours; nobody else closes it.
		}
	})
	return p, nil
}

func (p *proxy) stop() error {
	err := p.server.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.open {
		_ = conn.Close() // It ends the tunnel, which is all that is wanted.
	}
	p.mu.Unlock()
	p.served.Wait()
	return err
}

func (p *proxy) disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close() // It ends the tunnel, which is all that is wanted.
	}
}

func (p *proxy) route(address string, pick Pick) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes[address] = pick
}

func (p *proxy) connect(w http.ResponseWriter, req *http.Request) {
	backend, err := p.dial(req.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = backend.Close()
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_, _ = client.Close(), backend.Close()
		return
	}
	p.served.Go(func() { p.tunnel(client, backend) })
}

func (p *proxy) dial(address string) (net.Conn, error) {
	p.mu.Lock()
	pick, ok := p.routes[address]
	p.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("no route to %s", address)
	}
	backend, err := pick()
	if err != nil {
		return nil, fmt.Errorf("no backend for %s: %w", address, err)
	}
	return net.Dial("tcp", backend)
}

// tunnel copies both ways until both have ended. The end of one direction is
// passed on, so that an answer is not cut off by the end of its request.
func (p *proxy) tunnel(client, backend net.Conn) {
	p.track(client, backend)
	defer p.untrack(client, backend)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, backend}, {backend, client}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			if half, ok := way[0].(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
}

func (p *proxy) track(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.open[conn] = true
		if p.closed {
			_ = conn.Close()
		}
	}
}

func (p *proxy) untrack(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		delete(p.open, conn)
		_ = conn.Close()
	}
}
