package envtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// container is the release's container as a kubelet would run it, from the
// Deployment that the API server has stored.
type container struct {
	args, env  []string
	kubeconfig string // in place of the token that a Pod finds in its file system
	mounts     []mount
}

// container plays the kubelet. What the Deployment asks for and is not known here
// is an error, so that no part of it goes untested by being ignored.
func (c *ControlPlane) container(ctx context.Context) (*container, error) {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	var deployment appsv1.Deployment
	if err := k8s.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: Release}, &deployment); err != nil {
		return nil, fmt.Errorf("reading the release's Deployment: %w", err)
	}
	pod := deployment.Spec.Template.Spec
	if len(pod.Containers) != 1 || len(pod.InitContainers) > 0 {
		return nil, errors.New("the release's Pod has not one container")
	}
	in := pod.Containers[0]
	if len(in.Command) > 0 {
		return nil, errors.New("the release's container does not run the image's entry point")
	}
	if pod.AutomountServiceAccountToken == nil || !*pod.AutomountServiceAccountToken {
		return nil, errors.New("the release's Pod has no token")
	}
	out := &container{args: in.Args}
	if out.kubeconfig, err = c.ServiceAccount(ctx, Namespace, pod.ServiceAccountName); err != nil {
		return nil, err
	}
	if out.env, err = c.environmentOf(in); err != nil {
		return nil, err
	}
	if out.mounts, err = c.mount(ctx, k8s, pod); err != nil {
		return nil, err
	}
	for _, mount := range out.mounts {
		for i, arg := range out.args {
			out.args[i] = strings.ReplaceAll(arg, "="+mount.path+"/", "="+mount.directory+"/")
		}
	}
	return out, nil
}

// environmentOf returns the container's variables. The Pod has the IP families
// that the cluster has.
func (c *ControlPlane) environmentOf(in corev1.Container) ([]string, error) {
	addresses := map[string][]string{
		"status.podIPs":  {"10.244.0.7", "fd00:10:244::7"},
		"status.hostIPs": {"192.0.2.7", "2001:db8::7"},
	}
	var env []string
	for _, variable := range in.Env {
		if from := variable.ValueFrom; from != nil {
			if from.FieldRef == nil || addresses[from.FieldRef.FieldPath] == nil {
				return nil, fmt.Errorf("the release's container has a variable %s from a place that is not known here", variable.Name)
			}
			variable.Value = strings.Join(addresses[from.FieldRef.FieldPath][:c.families], ",")
		}
		env = append(env, variable.Name+"="+variable.Value)
	}
	return env, nil
}
