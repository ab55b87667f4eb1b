package webhook

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// maxBody is what controller-runtime accepts: two objects of the API server's
// own limit of 3 MiB, and the rest of the review.
const maxBody = 7 << 20

// Small bodies and large ones have room of their own, so that a small one never
// waits for a large one. What a review takes beside its body is bounded by
// [mutate.Limits].
const (
	smallBody = 256 << 10
	smallRoom = 4 << 20
	largeRoom = 2 * maxBody
)

// defaultTimeout is longer than the webhook's own timeout, after which the API
// server has hung up, and ends a body that never does.
const defaultTimeout = 10 * time.Second

// patience returns how long the caller waits, and no longer than most. The API
// server says it in the URL: k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go.
func patience(req *http.Request, most time.Duration) time.Duration {
	if most == 0 {
		most = defaultTimeout
	}
	values, _ := url.ParseQuery(req.URL.RawQuery)
	if timeout, err := time.ParseDuration(values.Get("timeout")); err == nil && timeout > 0 {
		return min(timeout, most)
	}
	return most
}

// intake reads the bodies of requests. Those in memory at the same time have a
// bounded number of bytes in all; a request that has to wait for its turn is not
// read before it.
type intake struct {
	small, large lane
	metrics      *Metrics
}

// lane is the room that bodies of one size share, and what was used to read them.
type lane struct {
	room   *semaphore.Weighted
	bodies sync.Pool
}

func newIntake(metrics *Metrics) *intake {
	return &intake{
		small:   lane{room: semaphore.NewWeighted(smallRoom)},
		large:   lane{room: semaphore.NewWeighted(largeRoom)},
		metrics: metrics,
	}
}

// body is the body of a request, and what reads it. It must be released.
type body struct {
	reader  reader
	content []byte
	lane    *lane
	weight  int64
	metrics *Metrics
}

// admit waits for the turn of req. Its body is not read yet.
func (i *intake) admit(ctx context.Context, req *http.Request) (*body, error) {
	weight := req.ContentLength
	switch {
	case weight > maxBody:
		return nil, &http.MaxBytesError{Limit: maxBody}
	case weight < 0: // It is not known.
		weight = maxBody
	}
	l := &i.small
	if weight > smallBody {
		l = &i.large
	}
	if err := i.wait(ctx, l.room, weight); err != nil {
		return nil, err
	}
	b, ok := l.bodies.Get().(*body)
	if !ok {
		b = &body{}
	}
	b.lane, b.weight, b.metrics = l, weight, i.metrics
	b.metrics.taken(weight)
	return b, nil
}

// wait returns once there is room for weight bytes. Who has given up by then is
// dropped.
func (i *intake) wait(ctx context.Context, room *semaphore.Weighted, weight int64) error {
	if room.TryAcquire(weight) {
		return nil
	}
	defer i.metrics.waits()()
	if err := room.Acquire(ctx, weight); err != nil {
		i.metrics.shed.Inc()
		return errGivenUp
	}
	return nil
}

// fill reads the body of req. An error leaves what was read before it.
func (b *body) fill(req *http.Request) error {
	buffer := bytes.NewBuffer(b.content[:0])
	buffer.Grow(int(max(req.ContentLength, 0)) + bytes.MinRead)
	_, err := buffer.ReadFrom(req.Body)
	b.content = buffer.Bytes()
	return err
}

// release gives the room back. What was read is not valid after it.
func (b *body) release() {
	lane := b.lane
	b.metrics.taken(-b.weight)
	b.reader.reset(nil)
	b.lane = nil
	lane.bodies.Put(b)
	lane.room.Release(b.weight)
}
