package certs

import (
	"context"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kinds returns the two kinds that are read and written, so that nothing has to
// ask the API server what it serves.
func kinds() (secret, configuration schema.GroupVersionKind, mapper meta.RESTMapper) {
	secret = corev1.SchemeGroupVersion.WithKind("Secret")
	configuration = admissionregistrationv1.SchemeGroupVersion.WithKind("MutatingWebhookConfiguration")
	known := meta.NewDefaultRESTMapper(nil)
	known.Add(secret, meta.RESTScopeNamespace)
	known.Add(configuration, meta.RESTScopeRoot)
	return secret, configuration, known
}

// watch returns a cache that calls changed whenever the one Secret or the one
// webhook configuration changes, once it is started. It asks for both by name,
// so that a right to their names suffices, and for their metadata alone: what
// they hold is read when it is needed, and no key stays in memory for it.
func watch(config *rest.Config, key client.ObjectKey, name string, changed func()) (cache.Cache, error) {
	secretKind, configurationKind, mapper := kinds()
	secret, configuration := metadata(secretKind), metadata(configurationKind)
	c, err := cache.New(config, cache.Options{
		Mapper:           mapper,
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			secret: {
				Namespaces: map[string]cache.Config{key.Namespace: {}},
				Field:      fields.OneTermEqualSelector("metadata.name", key.Name),
			},
			configuration: {Field: fields.OneTermEqualSelector("metadata.name", name)},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("watching the certificates: %w", err)
	}
	for _, object := range []client.Object{secret, configuration} {
		informer, err := c.GetInformer(context.Background(), object, cache.BlockUntilSynced(false))
		if err != nil {
			return nil, fmt.Errorf("watching the certificates: %w", err)
		}
		_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { changed() },
			UpdateFunc: func(any, any) { changed() },
			DeleteFunc: func(any) { changed() },
		})
		if err != nil {
			return nil, fmt.Errorf("watching the certificates: %w", err)
		}
	}
	return c, nil
}

func metadata(kind schema.GroupVersionKind) *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(kind)
	return object
}
