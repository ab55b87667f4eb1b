package collect

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/audit"
)

// readAdvised reads the objects that there is advice about, in the version that the
// cluster prefers. One that does not have a kind, such as one without Istio, has
// none of it.
func (c *collection) readAdvised(ctx context.Context) error {
	for _, kind := range audit.Kinds() {
		mapping, err := c.client.RESTMapper().RESTMapping(kind)
		if meta.IsNoMatchError(err) {
			continue
		}
		if err != nil {
			return err
		}
		version := mapping.GroupVersionKind
		advise, _ := audit.For(version.GroupVersion().String(), version.Kind)
		var list unstructured.UnstructuredList
		list.SetGroupVersionKind(version.GroupVersion().WithKind(version.Kind + "List"))
		_, err = each(ctx, c, listing{&list, c.namespace, kind.String(), audit.Advice}, func(object *unstructured.Unstructured) error {
			data, err := object.MarshalJSON()
			if err != nil {
				return err
			}
			c.survey(object, func(s *audit.Survey) {
				s.Advise(audit.Object{Kind: kind.Kind, Name: object.GetName()}, advise(data))
			})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
