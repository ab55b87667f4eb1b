package envtest

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What is installed: chart.yaml is charts/dualstack-webhook, rendered with its
// default values. Make generate writes it, and a test says when it is stale.
//
//go:embed namespaces.yaml chart.yaml
var manifests embed.FS

// The release: its name, which is also that of its objects, and its namespace.
const (
	Release   = "dualstack-webhook"
	Namespace = "dualstack-system"
)

// DNSName is the name by which the API server calls the webhook.
const DNSName = Release + "." + Namespace + ".svc"

// Install creates the namespaces and what is in the chart, and routes its Service
// to the backends that pick returns.
func (c *ControlPlane) Install(ctx context.Context, pick Pick) error {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	if err := errors.Join(create(ctx, k8s, "namespaces.yaml"), create(ctx, k8s, "chart.yaml")); err != nil {
		return err
	}
	return c.RouteRelease(ctx, pick)
}

// RouteRelease sends what the API server asks of the release's Service to the
// backends that pick returns.
func (c *ControlPlane) RouteRelease(ctx context.Context, pick Pick) error {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	var service corev1.Service
	if err := k8s.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: Release}, &service); err != nil {
		return fmt.Errorf("reading the release's Service: %w", err)
	}
	c.Route(&service, 443, pick)
	return nil
}

// create creates what is in the manifest, in its order.
func create(ctx context.Context, k8s client.Client, manifest string) error {
	data, err := manifests.ReadFile(manifest)
	if err != nil {
		return err
	}
	for documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", manifest, err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return fmt.Errorf("decoding %s: %w", manifest, err)
		}
		if len(object.Object) == 0 {
			continue // Helm begins with a separator.
		}
		if err := k8s.Create(ctx, object); err != nil {
			return fmt.Errorf("creating the %s of %s: %w", object.GetKind(), manifest, err)
		}
	}
}
