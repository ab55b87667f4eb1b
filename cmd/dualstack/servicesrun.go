package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/terminal"
)

// outcome is what came of what was planned for a Service.
type outcome string

const (
	notReached outcome = ""
	changed    outcome = "changed"
	leftAlone  outcome = "left-alone"
	failed     outcome = "failed"
)

// serviceTimeout ends what is done with one Service, also when it has been asked to
// stop: half of it is done again by whoever comes next, but a whole is better.
const serviceTimeout = 30 * time.Second

// serviceRetries says how often one is tried that others change all the time.
func serviceRetries() wait.Backoff {
	return wait.Backoff{Steps: 8, Duration: 10 * time.Millisecond, Factor: 2, Jitter: 0.1}
}

// run changes the Services as planned, one after the other, and says of each what
// came of it. Once ctx is done it ends before the next.
func (w *serviceWork) run(ctx context.Context, rate float32, lines io.Writer) {
	lines = terminal.Lines{Writer: lines}
	limiter := flowcontrol.NewTokenBucketRateLimiter(rate, 1)
	defer limiter.Stop()
	total, at := w.changes(), 0
	for _, s := range w.services {
		if !s.plan.Changes() {
			continue
		}
		if err := limiter.Wait(ctx); err != nil {
			fmt.Fprintf(lines, "interrupted before %s/%s: %s of %d not reached; run it again for the rest\n", s.Namespace, s.Name, countServices(total-at), total)
			return
		}
		at++
		stop := w.attempt(ctx, s)
		fmt.Fprintf(lines, "%*d/%d  %s/%s  %s\n", len(fmt.Sprint(total)), at, total, s.Namespace, s.Name, w.result(s))
		if stop {
			fmt.Fprintf(lines, "stopped, for want of an API server: %s of %d not reached; run it again for the rest\n", countServices(total-at), total)
			return
		}
	}
}

// done reports whether all that was planned is done.
func (w *serviceWork) done() bool {
	for _, s := range w.services {
		if s.plan.Changes() && s.outcome != changed {
			return false
		}
	}
	return true
}

// result says what came of a Service.
func (w *serviceWork) result(s *plannedService) string {
	switch s.outcome {
	case changed:
		if s.plan.Patch == nil {
			return "finished"
		}
		return w.direction.done + ": " + s.plan.To.String()
	case leftAlone:
		return "left alone: " + s.detail
	default:
		return "failed: " + s.detail
	}
}

// attempt does what is planned for one Service, and reports whether there is no
// use in going on with others.
func (w *serviceWork) attempt(ctx context.Context, s *plannedService) (stop bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), serviceTimeout)
	defer cancel()
	err := w.change(ctx, s)
	var left leftAloneError
	var answer apierrors.APIStatus
	switch {
	case err == nil:
		s.outcome = changed
	case errors.As(err, &left):
		s.outcome, s.detail = leftAlone, left.Error()
	default:
		s.outcome, s.detail = failed, err.Error()
		return !errors.As(err, &answer)
	}
	return false
}

// leftAloneError says why a Service is left alone that was to be changed.
type leftAloneError string

func (e leftAloneError) Error() string { return string(e) }

// change reads the Service again, and changes it if the plan is still the same and
// nobody changes it at the same time; then it is decided about anew.
func (w *serviceWork) change(ctx context.Context, s *plannedService) error {
	return retry.RetryOnConflict(serviceRetries(), func() error { return w.changeOnce(ctx, s) })
}

func (w *serviceWork) changeOnce(ctx context.Context, s *plannedService) error {
	now := &corev1.Service{}
	switch err := w.client.Get(ctx, client.ObjectKeyFromObject(s.Service), now); {
	case apierrors.IsNotFound(err):
		return leftAloneError("it has been deleted since the plan")
	case err != nil:
		return err
	case now.UID != s.UID:
		return leftAloneError("it has been deleted and created again since the plan")
	}
	plan, err := w.direction.decide(ctx, w, now)
	if err != nil {
		return err
	}
	if plan.Reason != s.plan.Reason {
		return leftAloneError("changed since the plan: " + meaning(plan.Reason))
	}
	if plan.Patch != nil {
		if err := w.patch(ctx, now, plan.Patch); err != nil {
			return err
		}
	}
	s.plan.To = plan.To
	return w.disown(ctx, now)
}

// disown gives up the fields that changing the Service has made ours.
func (w *serviceWork) disown(ctx context.Context, now *corev1.Service) error {
	err := retry.RetryOnConflict(serviceRetries(), func() error {
		operations := audit.Disown(now)
		if operations == nil {
			return nil
		}
		err := w.patch(ctx, now, operations)
		if !apierrors.IsConflict(err) {
			return err
		}
		if gone := w.client.Get(ctx, client.ObjectKeyFromObject(now), now); gone != nil {
			return client.IgnoreNotFound(gone)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("it is changed, but what was changed still belongs to %s; run it again: %w", audit.FieldManager, err)
	}
	return nil
}

// patch changes the Service unless somebody has changed it since it was read, and
// then reads it as it is.
func (w *serviceWork) patch(ctx context.Context, now *corev1.Service, operations []jsonpatch.Operation) error {
	unchanged := jsonpatch.NewOperation("replace", "/metadata/resourceVersion", now.ResourceVersion)
	data, err := json.Marshal(append([]jsonpatch.Operation{unchanged}, operations...))
	if err != nil {
		return err
	}
	err = w.client.Patch(ctx, now, client.RawPatch(types.JSONPatchType, data), client.FieldOwner(audit.FieldManager))
	if apierrors.IsInvalid(err) && w.isOutdated(ctx, now) {
		return apierrors.NewConflict(corev1.Resource("services"), now.Name, err)
	}
	return err
}

// isOutdated reports whether the Service has changed since it was read. The API
// server applies a patch to what there is before it compares versions, so a member
// that somebody has removed is no conflict to it, but an invalid patch.
func (w *serviceWork) isOutdated(ctx context.Context, then *corev1.Service) bool {
	now := &corev1.Service{}
	err := w.client.Get(ctx, client.ObjectKeyFromObject(then), now)
	return err == nil && now.ResourceVersion != then.ResourceVersion
}
