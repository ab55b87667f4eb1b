package webhook

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admission/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// Options are what the handlers need. Timeout may be zero.
type Options struct {
	// Policies returns the policy of a namespace. It must not call the API
	// server.
	Policies func(ctx context.Context, namespace string) mutate.Policy
	Metrics  *Metrics
	Log      *zap.Logger
	// Timeout bounds reading a review and writing the answer; 10 s if zero.
	Timeout time.Duration
}

// route is one path of the webhook configuration. The mode is in the path,
// because the API server knows a namespace's labels before we do.
type route struct {
	path     string
	resource string
	kind     string
	mode     mutate.Mode
}

// Handlers returns the handler of each path.
func Handlers(o Options) map[string]http.Handler {
	pods := func(mode mutate.Mode) http.Handler {
		return &handler[mutate.PodView]{Options: o, route: podRoute(mode), decide: decidePod}
	}
	services := func(mode mutate.Mode) http.Handler {
		return &handler[mutate.ServiceView]{Options: o, route: serviceRoute(mode), decide: decideService}
	}
	handlers := map[string]http.Handler{}
	for _, mode := range []mutate.Mode{mutate.ModeApply, mutate.ModeReport} {
		handlers[podRoute(mode).path] = pods(mode)
		handlers[serviceRoute(mode).path] = services(mode)
	}
	return handlers
}

func podRoute(mode mutate.Mode) route {
	return route{path: "/pods/" + string(mode), resource: "pods", kind: "Pod", mode: mode}
}

func serviceRoute(mode mutate.Mode) route {
	return route{path: "/services/" + string(mode), resource: "services", kind: "Service", mode: mode}
}

// unchanged is the result of an operation that changes nothing.
func unchanged() mutate.Result {
	return mutate.Result{Notes: []mutate.Note{{Code: mutate.CodeUpdate}}}
}

// decidePod acts on CREATE only: what it writes cannot be changed later.
func decidePod(r *request[mutate.PodView], p mutate.Policy) mutate.Result {
	if r.Operation != admissionv1.Create {
		return unchanged()
	}
	return mutate.Pod(r.Object, p)
}

func decideService(r *request[mutate.ServiceView], p mutate.Policy) mutate.Result {
	before := mutate.Before{ServiceView: r.OldObject}
	if r.Operation != admissionv1.Create && r.OldObject == nil {
		return unchanged()
	}
	return mutate.Service(mutate.After{ServiceView: r.Object}, before, p)
}
