package test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestAPIServerLater starts the program while the API server is away. It must say
// so, be unready, and go on by itself once the API server is there.
func TestAPIServerLater(t *testing.T) {
	c := startCluster(t, envtest.Options{})
	output := &syncBuffer{}
	options := envtest.ServerOptions{Binary: c.binary, Output: output, Args: []string{"--shutdown-delay", "0s"}}
	server, err := c.NewServer(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	impatient, err := c.NewServer(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stopping the program: %v\n%s", err, output)
		}
	})
	await(t, "the reason", func() bool {
		status, text := tryGet(t, "http://"+server.Probe+"/readyz?verbose")
		return status == http.StatusInternalServerError && strings.Contains(text, "[-]apiserver failed: the API server has not answered yet: ") &&
			strings.Contains(text, "connection refused")
	})
	time.Sleep(3 * time.Second) // In which it could still give up.
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusInternalServerError, "/readyz/namespaces": http.StatusInternalServerError} {
		if got, text := tryGet(t, "http://"+server.Probe+path); got != want {
			t.Errorf("GET %s = %d %q, want %d\n%s", path, got, text, want, output)
		}
	}
	if text := get(t, "http://"+server.Metrics+"/metrics"); !strings.Contains(text, "dualstack_build_info") {
		t.Error("no metrics while the API server is away")
	}
	testEnds(t, impatient)

	if err := c.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := server.AwaitReady(t.Context()); err != nil {
		_, text := tryGet(t, "http://"+server.Probe+"/readyz?verbose")
		t.Fatalf("%v\n%s\n%s", err, text, output)
	}
	t.Logf("ready %s after the API server", time.Since(began).Round(time.Millisecond))
	c.route(t, envtest.Backend(server.Address))
	if err := c.AwaitAnswers(t.Context()); err != nil {
		t.Error(err)
	}
}

// testEnds runs a program that waits for the API server, and wants it to end when it is
// told to.
func testEnds(t *testing.T, server *envtest.Server) {
	t.Helper()
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	await(t, "a program that waits", func() bool {
		status, _ := tryGet(t, "http://"+server.Probe+"/readyz")
		return status == http.StatusInternalServerError
	})
	ended := make(chan error, 1)
	go func() { ended <- server.Stop() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the program that was told to stop while it waited: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Errorf("it has not ended 10 s after it was told to: %v", server.Kill())
	}
}

// tryGet returns the status and body of a response; 0 if there is none.
func tryGet(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}
