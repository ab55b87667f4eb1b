package collect

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/audit"
)

// pageSize is how many objects there are in memory at a time: 250 injected Pods
// are about 10 MB, and as fast as larger pages.
const pageSize = 250

// A listing is what to list.
type listing struct {
	list client.ObjectList
	// namespace is "" for all of the cluster.
	namespace string
	// kind is what the findings call it.
	kind string
	// level is that of a finding that says that it may not be listed.
	level audit.Level
}

// each lists objects in pages, and calls read after each. A page is forgotten
// before the next is asked for. What may not be listed is a finding, and ok is
// false; of a kind that the cluster does not have there is nothing.
func (c *collection) each(ctx context.Context, l listing, read func() error) (ok bool, err error) {
	options := client.ListOptions{Namespace: l.namespace, Limit: pageSize}
	what := audit.Object{Kind: l.kind}
	for done := 0; ; {
		err := c.client.List(ctx, l.list, &options)
		switch token, expired := continuation(err); {
		case expired:
			// The rest of the list, as it is now:
			// https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
			c.find(audit.Advice, what, audit.CodeNotConsistent, "")
			options.Continue = token
			continue
		case apierrors.IsForbidden(err):
			c.find(l.level, what, audit.CodeForbidden, reason(err))
			return false, nil
		case meta.IsNoMatchError(err) || apierrors.IsNotFound(err):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("listing %s: %w", what, err)
		}
		if err := read(); err != nil {
			return false, err
		}
		done += meta.LenList(l.list)
		c.progress(l.kind, done)
		if options.Continue = l.list.GetContinue(); options.Continue == "" {
			return true, nil
		}
		// JSON leaves what it does not name as it was.
		l.list.SetContinue("")
		if err := meta.SetList(l.list, nil); err != nil {
			return false, err
		}
	}
}

// continuation returns the token with which a list goes on whose state the API
// server does not keep any more.
func continuation(err error) (token string, expired bool) {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || !apierrors.IsResourceExpired(err) {
		return "", false
	}
	token = status.Status().Continue
	return token, token != ""
}

// reason returns what the API server said.
func reason(err error) string {
	if status, ok := errors.AsType[*apierrors.StatusError](err); ok {
		return status.Status().Message
	}
	return err.Error()
}
