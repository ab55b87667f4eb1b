package main

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// reach knows whether the API server has ever given what it was asked for, and what
// stood against it.
// The program starts without it: whoever ends instead is kept away by the
// kubelet's back-off for minutes after the API server is there again.
type reach struct {
	log      *zap.Logger
	answered atomic.Bool
	failure  atomic.Pointer[error]
}

// wrap returns a transport that notes what becomes of requests.
func (r *reach) wrap(next http.RoundTripper) http.RoundTripper { return reaching{next, r} }

// ready is a readiness check: nil once the API server has given something. Later
// trouble is the same for all replicas, so it makes none unready.
func (r *reach) ready(*http.Request) error {
	if r.answered.Load() {
		return nil
	}
	if failure := r.failure.Load(); failure != nil {
		return fmt.Errorf("the API server has not answered yet: %w", *failure)
	}
	return errors.New("the API server has not answered yet")
}

// reaching is the transport of reach.wrap.
type reaching struct {
	http.RoundTripper
	reach *reach
}

func (r reaching) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.RoundTripper.RoundTrip(request)
	failure := err
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		failure = fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	}
	if failure != nil {
		if r.reach.failure.Swap(&failure) == nil && !r.reach.answered.Load() {
			r.reach.log.Warn("the API server has not answered yet; this goes on once it does", zap.Error(failure))
		}
		return response, err
	}
	r.reach.answered.Store(true)
	return response, nil
}

// newMapper returns a mapper that knows by itself what has to be known at the
// start, Namespaces, and asks the API server about all else once it is needed.
func newMapper(config *rest.Config, client *http.Client) (meta.RESTMapper, error) {
	known := meta.NewDefaultRESTMapper(nil)
	known.Add(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, meta.RESTScopeRoot)
	asked, err := apiutil.NewDynamicRESTMapper(config, client)
	if err != nil {
		return nil, fmt.Errorf("looking up kinds: %w", err)
	}
	return meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{known, asked}}, nil
}
