package collect

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/pages"
)

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

// each lists objects, and hands them to read. What may not be listed is a finding, and
// ok is false; of a kind that the cluster does not have there is nothing.
func each[T client.Object](ctx context.Context, c *collection, l listing, read func(T) error) (ok bool, err error) {
	what := audit.Object{Kind: l.kind}
	done := 0
	consistent, err := pages.Each(ctx, c.client, l.list, func(object T) error {
		if done++; done%pages.Size == 0 {
			c.progress(l.kind, done)
		}
		return read(object)
	}, client.InNamespace(l.namespace))
	if !consistent {
		c.find(audit.Advice, what, audit.CodeNotConsistent, "")
	}
	switch {
	case apierrors.IsForbidden(err):
		c.find(l.level, what, audit.CodeForbidden, reason(err))
		return false, nil
	case meta.IsNoMatchError(err) || apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("listing %s: %w", what, err)
	}
	c.progress(l.kind, done)
	return true, nil
}

// reason returns what the API server said.
func reason(err error) string {
	if status, ok := errors.AsType[*apierrors.StatusError](err); ok {
		return status.Status().Message
	}
	return err.Error()
}
