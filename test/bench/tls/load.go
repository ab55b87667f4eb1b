package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// load sends reviews to one program, on a bounded number of connections: an API server
// has at most so many requests under way.
type load struct {
	client   http.Client
	url      string
	patience time.Duration

	mu     sync.Mutex
	took   []time.Duration // of those that were answered
	lost   int             // given up by the caller
	failed int             // answered, but not with 200
}

func newLoad(t *target, patience time.Duration, connections int) *load {
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}},
		MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true,
	}
	url := fmt.Sprintf("https://%s/pods/apply?timeout=%s", t.address, patience)
	return &load{client: http.Client{Transport: transport}, url: url, patience: patience}
}

// close ends the connections.
func (l *load) close() { l.client.CloseIdleConnections() }

// send sends one review, and counts what becomes of it since it was due.
func (l *load) send(ctx context.Context, body []byte, due time.Time) {
	status, err := l.post(ctx, body)
	took := time.Since(due)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.lost++
	case status != http.StatusOK:
		l.failed++
	default:
		l.took = append(l.took, took)
	}
}

func (l *load) post(ctx context.Context, body []byte) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// inTurn sends n reviews on that many connections, one after another.
func (l *load) inTurn(ctx context.Context, body []byte, n, connections int) {
	var group sync.WaitGroup
	for range connections {
		group.Go(func() {
			for range n / connections {
				l.send(ctx, body, time.Now())
			}
		})
	}
	group.Wait()
}

// offer sends rate reviews a second, whether or not those before are answered.
func (l *load) offer(ctx context.Context, body []byte, rate int, during time.Duration) {
	var group sync.WaitGroup
	begin := time.Now()
	for i := range int(during.Seconds() * float64(rate)) {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		group.Go(func() { l.send(ctx, body, due) })
	}
	group.Wait()
}

// percentile returns what that part of the answers took at most.
func (l *load) percentile(part float64) time.Duration {
	if len(l.took) == 0 {
		return 0
	}
	slices.Sort(l.took)
	return l.took[min(len(l.took)-1, int(part*float64(len(l.took))))]
}
