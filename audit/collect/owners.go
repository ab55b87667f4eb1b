package collect

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dualstack-dev/webhook/audit"
)

// controllers are the kinds that something else may control, as a Deployment
// does its ReplicaSets.
var controllers = []schema.GroupVersionKind{
	appsv1.SchemeGroupVersion.WithKind("ReplicaSet"),
	batchv1.SchemeGroupVersion.WithKind("Job"),
}

// owners returns what controls the controllers of a namespace that there is
// something to say about. Only their metadata is read, and only if there are
// any.
func (c *collection) owners(ctx context.Context, namespace string, survey *audit.Survey) (audit.Owners, error) {
	owners := audit.Owners{}
	for _, kind := range controllers {
		names := survey.Controllers(kind.Kind)
		if len(names) == 0 {
			continue
		}
		var list metav1.PartialObjectMetadataList
		list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
		_, err := each(ctx, c, listing{&list, namespace, kind.Kind, audit.Advice}, func(item *metav1.PartialObjectMetadata) error {
			owner, ok := audit.ControllerOf(item)
			if _, found := slices.BinarySearch(names, item.Name); ok && found {
				owners[audit.Object{Kind: kind.Kind, Name: item.Name}] = owner
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return owners, nil
}
