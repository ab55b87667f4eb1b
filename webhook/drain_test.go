package webhook_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dualstack-dev/webhook/webhook"
)

func TestDrainReady(t *testing.T) {
	var drain webhook.Drain
	if err := drain.Ready(nil); err != nil {
		t.Errorf("Ready() of the zero Drain = %v, want nil", err)
	}
	drain.Begin()
	if err := drain.Ready(nil); err == nil {
		t.Error("Ready() after Begin() = nil, want an error")
	}
	drain.Begin()
	if err := drain.Ready(nil); err == nil {
		t.Error("Ready() after a second Begin() = nil, want an error")
	}
}

// TestDrainClosesKeptConnections uses one connection as the API server does. It
// serves until the drain begins, is answered once more, and is closed from the
// server's side with that answer.
func TestDrainClosesKeptConnections(t *testing.T) {
	var drain webhook.Drain
	server := httptest.NewServer(drain.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "answer")
	})))
	defer server.Close()
	kept := dial(t, server)
	for i := range 2 {
		if closes := kept.ask(t); closes {
			t.Fatalf("answer %d before the drain closes the connection, want it kept", i)
		}
	}
	drain.Begin()
	if closes := kept.ask(t); !closes {
		t.Error("the answer during the drain keeps the connection, want Connection: close")
	}
	if _, err := kept.reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("reading after that answer = %v, want EOF: the server has closed", err)
	}

	// The load balancer may send new connections until it has noticed.
	if closes := dial(t, server).ask(t); !closes {
		t.Error("the answer on a new connection keeps it, want Connection: close")
	}
}

// keptConn is a connection for more than one request.
type keptConn struct {
	net.Conn
	reader *bufio.Reader
}

func dial(t *testing.T, server *httptest.Server) *keptConn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	// A connection that is not closed would be read from for ever.
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &keptConn{Conn: conn, reader: bufio.NewReader(conn)}
}

// ask sends a request, reads the whole answer, and reports whether it says that
// the connection closes.
func (c *keptConn) ask(t *testing.T) bool {
	t.Helper()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: dualstack\r\nContent-Length: 0\r\n\r\n")
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); string(body) != "answer" || err != nil {
		t.Fatalf("body = %q, %v; want the answer of the handler", body, err)
	}
	return response.Close
}
