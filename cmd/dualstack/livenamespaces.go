package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/pages"
)

// liveNamespace is a namespace of the cluster, with the policy that holds in it.
type liveNamespace struct {
	metav1.ObjectMeta
	policy mutate.Policy
	// label is what its label dualstack.dev/mode says; "" if it has none.
	label string
}

// readNamespaces returns the namespaces that the command is about, by name. Of
// each the mode is that of its label, and off where the webhook is not called for
// it.
func (l *live) readNamespaces(ctx context.Context, installed *installation) ([]liveNamespace, error) {
	if l.namespace != "" {
		namespace := &metav1.PartialObjectMetadata{}
		namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		if err := l.client.Get(ctx, client.ObjectKey{Name: l.namespace}, namespace); err != nil {
			return nil, fmt.Errorf("reading the namespace %s, whose labels say what to do in it: %w", l.namespace, err)
		}
		return []liveNamespace{installed.namespace(namespace.ObjectMeta)}, nil
	}
	return l.listNamespaces(ctx, installed)
}

// listNamespaces returns those of the cluster that the options select.
func (l *live) listNamespaces(ctx context.Context, installed *installation, options ...client.ListOption) ([]liveNamespace, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
	var found []liveNamespace
	_, err := pages.Each(ctx, l.client, list, func(namespace *metav1.PartialObjectMetadata) error {
		found = append(found, installed.namespace(namespace.ObjectMeta))
		return nil
	}, options...)
	if err != nil {
		return nil, fmt.Errorf("listing namespaces: %w", err)
	}
	return found, nil
}

// readNamespace returns one of the namespaces again, by the right with which it was
// read before: to list them if the command is about all. An error that is not found says
// that it has been deleted.
func (l *live) readNamespace(ctx context.Context, installed *installation, name string) (liveNamespace, error) {
	var found []liveNamespace
	var err error
	if l.namespace != "" {
		found, err = l.readNamespaces(ctx, installed)
	} else {
		found, err = l.listNamespaces(ctx, installed, client.MatchingFields{metav1.ObjectNameField: name})
	}
	if err == nil && len(found) == 0 {
		err = apierrors.NewNotFound(corev1.Resource("namespaces"), name)
	}
	if err != nil {
		return liveNamespace{}, err
	}
	return found[0], nil
}

// namespace returns the policy of a namespace. A mode that is not known changes
// nothing.
func (i *installation) namespace(m metav1.ObjectMeta) liveNamespace {
	n := liveNamespace{ObjectMeta: m, policy: i.policy.WithNamespace(m.Labels, m.Annotations), label: m.Labels[mutate.KeyMode]}
	if mode, err := mutate.ParseMode(n.label); err == nil {
		n.policy.Mode = mode
	}
	if n.policy.Mode == mutate.ModeApply && !i.called.Matches(labels.Set(m.Labels)) {
		n.policy.Mode = mutate.ModeOff
	}
	return n
}
