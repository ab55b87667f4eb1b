package noproxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/test/network"
)

// A task is what one program is asked for, again and again with another
// environment.
type task struct {
	Argv         []string
	URLs         []string
	Environments [][]string
	Addresses    []netip.Addr // that are in the network
	Hosts        string       // a file that names them
}

// An outcome is who answered: for each environment a word for each URL.
type outcome struct {
	Answers [][]string
	Trouble string
}

// What is answered, on a line.
const (
	direct  = "direct"
	proxied = "proxied"
)

const proxyAddress = "127.0.0.1:3128"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == argumentFetch {
		if err := fetch(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	network.Main(m, task.run)
}

func (k task) run() outcome {
	answers, err := k.answers()
	if err != nil {
		return outcome{Trouble: err.Error()}
	}
	return outcome{Answers: answers}
}

func (k task) answers() ([][]string, error) {
	if err := k.prepare(); err != nil {
		return nil, err
	}
	var all [][]string
	for _, environment := range k.Environments {
		var stderr bytes.Buffer
		command := exec.Command(k.Argv[0], append(k.Argv[1:], k.URLs...)...)
		command.Env, command.Stderr = environment, &stderr
		stdout, err := command.Output()
		answers := strings.Fields(string(stdout))
		if err != nil || len(answers) != len(k.URLs) {
			return nil, fmt.Errorf("with %q: %w, %d answers to %d URLs\n%s", environment, err, len(answers), len(k.URLs), &stderr)
		}
		all = append(all, answers)
	}
	return all, nil
}

// prepare starts the hosts, which answer at every address that the network has, and
// the proxy.
func (k task) prepare() error {
	if err := network.LoopbackUp(); err != nil {
		return err
	}
	for _, addr := range k.Addresses {
		if err := network.AddToLoopback(addr); err != nil {
			return err
		}
	}
	if err := network.NameHosts(k.Hosts); err != nil {
		return err
	}
	for _, server := range []struct {
		address string
		handler http.Handler
		isTLS   bool
	}{
		{":80", answer(direct), false},
		{":8080", answer(direct), false},
		{":443", answer(direct), true},
		{proxyAddress, http.HandlerFunc(proxy), false},
		{hostOfProxy, answer(proxied), true},
	} {
		listener, err := net.Listen("tcp", server.address)
		if err != nil {
			return err
		}
		s := httptest.NewUnstartedServer(server.handler)
		s.Listener = listener
		if server.isTLS {
			s.StartTLS()
		} else {
			s.Start()
		}
	}
	return nil
}

func answer(word string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, word) }
}

// hostOfProxy is where the proxy goes, wherever it is told to go: nobody else
// answers that it was asked.
const hostOfProxy = "127.0.0.1:3129"

// proxy answers what is asked of a proxy: a whole URL, or a connection.
func proxy(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		tunnel(w)
	case r.URL.IsAbs():
		answer(proxied)(w, r)
	default:
		http.Error(w, "this is a proxy", http.StatusBadRequest)
	}
}

func tunnel(w http.ResponseWriter) {
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	host, err := net.Dial("tcp", hostOfProxy)
	if err != nil {
		return
	}
	defer func() { _ = host.Close() }()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	go func() { _, _ = io.Copy(host, buffered) }()
	_, _ = io.Copy(client, host)
}
