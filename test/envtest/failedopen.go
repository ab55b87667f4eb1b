package envtest

import (
	"bytes"
	"maps"
	"regexp"
	"sync"
)

// failedOpen counts why the API server went on without a webhook. Its metric
// apiserver_admission_webhook_fail_open_count and its audit annotations say that
// it did; only its log says why. The zero failedOpen is empty.
type failedOpen struct {
	mu      sync.Mutex
	line    []byte // that is not complete yet
	reasons map[string]int
}

// The log's line, without the address:
// k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go.
var failedOpenLine = regexp.MustCompile(`Failed calling webhook, failing open ([^:]+): .*failed to call webhook: (?:Post "[^"]*": )?(.*)`)

// Write is for the API server's standard error.
func (f *failedOpen) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.line = append(f.line, p...)
	for {
		line, rest, ok := bytes.Cut(f.line, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		f.line = rest
		if match := failedOpenLine.FindSubmatch(line); match != nil {
			if f.reasons == nil {
				f.reasons = map[string]int{}
			}
			f.reasons[string(match[1])+": "+string(match[2])]++
		}
	}
}

// FailedOpen returns how often the API server has gone on without a webhook, by
// the webhook's name and the reason. A request may be answered shortly before it
// is counted here.
func (c *ControlPlane) FailedOpen() map[string]int {
	c.failedOpen.mu.Lock()
	defer c.failedOpen.mu.Unlock()
	return maps.Clone(c.failedOpen.reasons)
}
