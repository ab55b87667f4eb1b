// Package pages lists the objects of a cluster page by page, so that there may be
// any number of them.
package pages

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Size is how many objects a page has: 250 injected Pods are about 10 MB, and as
// fast as larger pages.
const Size = 250

// Each lists objects and hands one after the other to do, whose error ends it. One page
// is in memory at a time, and do that keeps an object keeps its page. The list is an
// empty one, for its type.
//
// It is not consistent if the API server forgot the state of the list before its end:
// what comes then is as it is now.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
func Each[T client.Object](ctx context.Context, reader client.Reader, list client.ObjectList, do func(T) error, options ...client.ListOption) (consistent bool, err error) {
	l := lister{reader: reader, list: list, options: options, read: make(chan struct{}, 1)}
	p := pager.New(l.page)
	p.PageSize, p.PageBufferSize = Size, 0
	err = p.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		item, ok := object.(T)
		if !ok {
			return fmt.Errorf("%T has elements of type %T", list, object)
		}
		defer l.itemDone()
		return do(item)
	})
	return !l.expired, err
}

// lister asks for pages, one after the other.
type lister struct {
	reader  client.Reader
	list    client.ObjectList
	options []client.ListOption
	expired bool

	// The pager asks for a page while the one before, if that is not empty, is being
	// read: of that so many objects are left, and read is told when none is.
	reading bool
	left    int
	read    chan struct{}
}

// itemDone notes that an object of the last page was read.
func (l *lister) itemDone() {
	if l.left--; l.left == 0 {
		l.read <- struct{}{}
	}
}

// page returns a page once the one before was read. Where the token in o has expired
// it is the next one all the same, of the state that there is now.
func (l *lister) page(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	if l.reading {
		select {
		case <-l.read:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	page, err := l.request(ctx, o.Limit, o.Continue)
	if token := continuation(err); token != "" {
		l.expired = true
		page, err = l.request(ctx, o.Limit, token)
	}
	l.left = meta.LenList(page)
	l.reading = l.left > 0
	return page, err
}

func (l *lister) request(ctx context.Context, limit int64, token string) (client.ObjectList, error) {
	// What is decoded into a list that was used keeps some of what was there.
	page, ok := l.list.DeepCopyObject().(client.ObjectList)
	if !ok {
		return nil, fmt.Errorf("a copy of %T is no list", l.list)
	}
	return page, l.reader.List(ctx, page, slices.Concat(l.options, []client.ListOption{client.Limit(limit), client.Continue(token)})...)
}

// continuation returns the token with which a list goes on whose state the API server
// does not keep any more; "" if err says something else.
func continuation(err error) string {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || !apierrors.IsResourceExpired(err) {
		return ""
	}
	return status.Status().Continue
}
