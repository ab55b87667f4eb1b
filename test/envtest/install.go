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

//go:embed webhook.yaml authority.yaml
var manifests embed.FS

// User is the user that the manifest gives the program's rights to.
const User = "dualstack"

// DNSName is the name by which the API server calls the webhook.
const DNSName = "dualstack-webhook.dualstack-system.svc"

// Install creates what is in webhook.yaml and routes its Service to the
// backends that pick returns.
func (c *ControlPlane) Install(ctx context.Context, pick Pick) error {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	if err := create(ctx, k8s, "webhook.yaml"); err != nil {
		return err
	}
	var service corev1.Service
	if err := k8s.Get(ctx, client.ObjectKey{Namespace: "dualstack-system", Name: "dualstack-webhook"}, &service); err != nil {
		return fmt.Errorf("reading the Service of webhook.yaml: %w", err)
	}
	c.Route(&service, 443, pick)
	return nil
}

// InstallAuthority creates what is in authority.yaml, for a program that runs
// with the identity of ServiceAccount.
func (c *ControlPlane) InstallAuthority(ctx context.Context) error {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return create(ctx, k8s, "authority.yaml")
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
		if err := k8s.Create(ctx, object); err != nil {
			return fmt.Errorf("creating the %s of %s: %w", object.GetKind(), manifest, err)
		}
	}
}
