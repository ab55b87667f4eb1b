package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/pages"
)

// PodPlaces are where Pods are whose addresses tell what the network of Pods is.
type PodPlaces struct {
	// Webhook is the Service of the webhook that is installed; empty if it is not
	// known.
	Webhook client.ObjectKey
	// Namespace is the one whose Pods may be read; "" for all.
	Namespace string
}

// FindPods returns what Pods tell whose addresses can be read: Enabled for both
// families, Disabled for one. What the webhook decides by is its own Pods, so they come
// first, and must agree. Other Pods only ever say yes, and all of them must: one
// of a single family may be older than the network's second range, or be pinned to it.
func FindPods(ctx context.Context, reader client.Reader, places PodPlaces) (mutate.State, error) {
	own, ownErr := readOwnPods(ctx, reader, places.Webhook)
	if len(own) > 0 {
		return agreed(own), nil
	}
	others, err := readPods(ctx, reader, client.InNamespace(places.Namespace))
	if agreed(others) == mutate.Enabled {
		return mutate.Enabled, nil
	}
	return mutate.Unknown, errors.Join(ownErr, err)
}

// agreed returns what all say; Unknown if they differ, or if there are none.
func agreed(states []mutate.State) mutate.State {
	if states = slices.Compact(states); len(states) != 1 {
		return mutate.Unknown
	}
	return states[0]
}

// readOwnPods looks at the Pods behind the webhook's Service. Where nothing is
// installed there are none.
func readOwnPods(ctx context.Context, reader client.Reader, webhook client.ObjectKey) ([]mutate.State, error) {
	if webhook.Name == "" {
		return nil, nil
	}
	var service corev1.Service
	if err := reader.Get(ctx, webhook, &service); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	if len(service.Spec.Selector) == 0 {
		return nil, nil
	}
	return readPods(ctx, reader, client.InNamespace(webhook.Namespace), client.MatchingLabels(service.Spec.Selector))
}

// enoughPods is how many Pods are asked; more would not know better.
const enoughPods = 100

// errEnough ends a list.
var errEnough = errors.New("enough")

// readPods returns what each Pod says that says something.
func readPods(ctx context.Context, reader client.Reader, options ...client.ListOption) ([]mutate.State, error) {
	var states []mutate.State
	_, err := pages.Each(ctx, reader, &corev1.PodList{}, func(pod *corev1.Pod) error {
		if state := networkOf(pod); state != mutate.Unknown {
			states = append(states, state)
		}
		if len(states) == enoughPods {
			return errEnough
		}
		return nil
	}, options...)
	switch {
	case errors.Is(err, errEnough):
		return states, nil
	case err != nil:
		return nil, err
	}
	return states, nil
}

// networkOf returns what a Pod's addresses say; Unknown if it does not run.
func networkOf(pod *corev1.Pod) mutate.State {
	if pod.Spec.HostNetwork || pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return mutate.Unknown
	}
	var ips []string
	for _, ip := range pod.Status.PodIPs {
		ips = append(ips, ip.IP)
	}
	return families(parseAddresses(strings.Join(ips, ",")))
}
