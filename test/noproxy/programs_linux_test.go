package noproxy

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"testing"
)

// program reads NO_PROXY. It gets URLs as arguments and prints who answered each.
type program struct {
	name  string // as the page says it
	argv  []string
	asked []string // prints its version
}

// debianPython is the Python that Debian's packages are for, whichever other is in
// the PATH.
const debianPython = "/usr/bin/python3"

func programs() []program {
	return []program{
		{"Go", []string{os.Args[0], argumentFetch}, nil},
		{"curl", []string{"curl", "--silent", "--show-error", "--insecure", "--fail-early"}, []string{"curl", "--version"}},
		{"urllib", []string{debianPython, "-c", scriptUrllib}, []string{debianPython, "--version"}},
		{"requests", []string{debianPython, "-W", "ignore", "-c", scriptRequests}, []string{debianPython, "-c", "import requests; print(requests.__version__)"}},
	}
}

const (
	scriptUrllib = `
import ssl, sys, urllib.request
for url in sys.argv[1:]:
    try:
        with urllib.request.urlopen(url, context=ssl._create_unverified_context()) as answer:
            sys.stdout.write(answer.read().decode())
    except OSError as refusal: # Python 3.11 asks a proxy for fd00::5:443, without brackets.
        if "Tunnel connection failed: 400 " not in str(refusal):
            raise
        print("` + proxied + `")
`
	scriptRequests = `
import requests, sys
for url in sys.argv[1:]:
    sys.stdout.write(requests.get(url, verify=False).text)
`
)

// argumentFetch makes the test binary a program: Go reads the environment once.
const argumentFetch = "fetch"

// fetch is the program in Go.
func fetch(urls []string) error {
	transport, _ := http.DefaultTransport.(*http.Transport) // Its Proxy is ProxyFromEnvironment.
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	for _, url := range urls {
		answer, err := http.Get(url)
		if err != nil {
			return err
		}
		if _, err := io.Copy(os.Stdout, answer.Body); err != nil {
			return err
		}
		if err := answer.Body.Close(); err != nil {
			return err
		}
	}
	return nil
}

// version returns the program's version.
func (p program) version(t *testing.T) string {
	t.Helper()
	said := []byte(runtime.Version())
	if p.asked != nil {
		var err error
		if said, err = exec.CommandContext(t.Context(), p.asked[0], p.asked[1:]...).Output(); err != nil {
			want := fmt.Sprintf("this test needs %s: run make servers (%v)", p.name, err)
			if os.Getenv("CI") == "true" {
				t.Fatal(want)
			}
			t.Skip("NOT TESTED: " + want)
		}
	}
	version := regexp.MustCompile(`[0-9]+(\.[0-9]+)+`).Find(said)
	if version == nil {
		t.Fatalf("%s has no version: %s", p.name, said)
	}
	return string(version)
}
