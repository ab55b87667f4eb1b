package webhook

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/dualstack-dev/webhook/mutate"
)

// Options are what the handlers need. Timeout may be zero.
type Options struct {
	// Policies returns the policy of a namespace. It must not call the API
	// server.
	Policies func(ctx context.Context, namespace string) mutate.Policy
	Metrics  *Metrics
	Log      *zap.Logger
	// Timeout bounds reading a review, and again writing the answer; 10 s if zero.
	// Who says in the request how long it waits gets no more than that.
	Timeout time.Duration
}

// route is one path of the webhook configuration. The mode is in the path,
// because the API server knows a namespace's labels before we do.
type route struct {
	path         string
	resourceName string
	mode         mutate.Mode
}

// Handlers returns the handler of each path.
func Handlers(o Options) map[string]http.Handler {
	handlers := map[string]http.Handler{}
	intake := newIntake(o.Metrics)
	for _, mode := range []mutate.Mode{mutate.ModeApply, mutate.ModeReport} {
		addHandler(handlers, o, pods(), mode, intake)
		addHandler(handlers, o, services(), mode, intake)
	}
	return handlers
}

func addHandler[O any](handlers map[string]http.Handler, o Options, r resource[O], mode mutate.Mode, i *intake) {
	route := routeOf(r.name, mode)
	handlers[route.path] = &handler[O]{Options: o, route: route, resource: r, intake: i}
}

func routeOf(resource string, mode mutate.Mode) route {
	return route{path: "/" + resource + "/" + string(mode), resourceName: resource, mode: mode}
}
