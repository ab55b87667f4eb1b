package certs

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
)

// serverClock compares this machine's clock with the API server's, which is the
// one that judges certificates. It reads the Date of each response (RFC 9110,
// section 6.6.1), which net/http, and so kube-apiserver, always sends. Without one
// yet the two are taken to agree.
type serverClock struct {
	clock clock.PassiveClock
	ahead atomic.Int64 // of the API server, in nanoseconds
}

// wrap returns a transport that notes the Date of what it returns.
func (s *serverClock) wrap(next http.RoundTripper) http.RoundTripper { return dated{next, s} }

// now returns the time to go by. An error says that the clocks are further apart
// than clocks are: then it is the API server's time, and as nobody can tell here
// which of the two is wrong, nothing that others share may be changed by it.
func (s *serverClock) now() (time.Time, error) {
	here, ahead := s.clock.Now(), time.Duration(s.ahead.Load())
	if ahead.Abs() <= skew {
		return here, nil
	}
	there := here.Add(ahead)
	return there, fmt.Errorf("the clock of this machine says %s and the API server's %s: set the one that is wrong; until then this replica writes nothing",
		here.UTC().Format(time.RFC3339), there.UTC().Format(time.RFC3339))
}

// dated is the transport of serverClock.wrap.
type dated struct {
	http.RoundTripper
	server *serverClock
}

func (d dated) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := d.RoundTripper.RoundTrip(request)
	if err != nil {
		return response, err
	}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		d.server.ahead.Store(int64(date.Sub(d.server.clock.Now())))
	}
	return response, nil
}
