package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/pages"
)

// direction is one of the two ways to change Services that exist.
type direction struct {
	verb, done string // for people
	// nothing is the reason of a Service that needs nothing, and how to call that.
	nothing     audit.Reason
	nothingLeft string
	// decidesAsWebhook says that the webhook's settings matter.
	decidesAsWebhook bool
	// plan fills in the Services of one namespace, or of all.
	plan func(context.Context, *serviceWork) error
	// decide returns the plan for a Service as it is now.
	decide func(context.Context, *serviceWork, *corev1.Service) (audit.Plan, error)
}

var (
	upgrade = direction{"Upgrade", "upgraded", mutate.CodeAlreadyDual, "dual-stack already", true, planUpgrade, decideUpgrade}
	revert  = direction{"Revert", "reverted", audit.CodeNoMark, "without the mark", false, planRevert, decideRevert}
)

// serviceWork is what is to be done with the Services of a cluster.
type serviceWork struct {
	*live
	direction direction
	// installed is how the webhook decides; nil where that does not matter.
	installed *installation
	services  []*plannedService
}

// plannedService is a Service, what is planned for it, and what came of that.
type plannedService struct {
	*corev1.Service
	plan    audit.Plan
	outcome outcome
	// detail is what else there is to say about the outcome.
	detail string
}

// plan reads the cluster, and changes nothing.
func (w *serviceWork) plan(ctx context.Context) error {
	return w.direction.plan(ctx, w)
}

// changes returns how many Services are to be changed.
func (w *serviceWork) changes() int {
	n := 0
	for _, s := range w.services {
		if s.plan.Changes() {
			n++
		}
	}
	return n
}

// planUpgrade looks at the namespaces that have opted in, and at the one that was
// named.
func planUpgrade(ctx context.Context, w *serviceWork) error {
	installed, err := w.readInstallation(ctx)
	if err != nil {
		return err
	}
	namespaces, err := w.readNamespaces(ctx, installed)
	if err != nil {
		return err
	}
	w.installed = installed
	for _, n := range namespaces {
		if w.namespace == "" && n.label == "" {
			continue
		}
		var backends []audit.Backend
		if n.policy.Mode == mutate.ModeApply {
			if backends, err = w.backends(ctx, n.Name, n.policy, nil); err != nil {
				return err
			}
		}
		err := w.eachService(ctx, n.Name, func(service *corev1.Service) {
			w.add(service, audit.Upgrade(service, n.policy, backends))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// decideUpgrade decides by what holds at the moment. Between the plan and a write there
// may be a question that waits for its answer, and other Services: meanwhile a namespace
// may have opted out, or a mesh be found not to be dual-stack.
func decideUpgrade(ctx context.Context, w *serviceWork, service *corev1.Service) (audit.Plan, error) {
	w.installed.refresh(ctx)
	namespace, err := w.readNamespace(ctx, w.installed, service.Namespace)
	if err != nil {
		return audit.Plan{}, err
	}
	var backends []audit.Backend
	if len(service.Spec.Selector) > 0 {
		if backends, err = w.backends(ctx, service.Namespace, namespace.policy, service.Spec.Selector); err != nil {
			return audit.Plan{}, err
		}
	}
	return audit.Upgrade(service, namespace.policy, backends), nil
}

// planRevert looks for marks everywhere: whoever took the label off a namespace
// first wants its Services back all the same.
func planRevert(ctx context.Context, w *serviceWork) error {
	return w.eachService(ctx, w.namespace, func(service *corev1.Service) { w.add(service, audit.Revert(service)) })
}

func decideRevert(_ context.Context, _ *serviceWork, service *corev1.Service) (audit.Plan, error) {
	return audit.Revert(service), nil
}

func (w *serviceWork) add(service *corev1.Service, plan audit.Plan) {
	w.services = append(w.services, &plannedService{Service: service, plan: plan})
}

// eachService hands the Services of a namespace to do, or those of all.
func (w *serviceWork) eachService(ctx context.Context, namespace string, do func(*corev1.Service)) error {
	_, err := pages.Each(ctx, w.client, &corev1.ServiceList{}, func(service *corev1.Service) error {
		do(service)
		return nil
	}, client.InNamespace(namespace))
	if err != nil {
		return fmt.Errorf("listing Services: %w", err)
	}
	return nil
}

// backends returns what matters of the Pods of a namespace with these labels.
func (w *serviceWork) backends(ctx context.Context, namespace string, policy mutate.Policy, labels map[string]string) ([]audit.Backend, error) {
	var backends []audit.Backend
	_, err := pages.Each(ctx, w.client, &corev1.PodList{}, func(pod *corev1.Pod) error {
		if b, ok := audit.NewBackend(pod, policy); ok {
			backends = append(backends, b)
		}
		return nil
	}, client.InNamespace(namespace), client.MatchingLabels(labels))
	if err != nil {
		return nil, fmt.Errorf("listing the Pods that Services select: %w", err)
	}
	return backends, nil
}
