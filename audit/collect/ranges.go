package collect

import (
	"context"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
)

// defaultCIDR is the ServiceCIDR that the API server writes from its flag. Its
// first range is of the family that every Service has.
const defaultCIDR = "kubernetes"

// readServiceRanges counts the addresses that Services have. Clusters before
// Kubernetes 1.33 do not tell; nor do those whose users may not ask, which is no
// reason to doubt the rest.
func (c *collection) readServiceRanges(ctx context.Context) error {
	var texts []string
	ok, err := each(ctx, c, listing{&networkingv1.ServiceCIDRList{}, "", "ServiceCIDR", audit.Info}, func(cidr *networkingv1.ServiceCIDR) error {
		if cidr.Name == defaultCIDR {
			texts = slices.Concat(cidr.Spec.CIDRs, texts)
		} else {
			texts = append(texts, cidr.Spec.CIDRs...)
		}
		return nil
	})
	if !ok {
		return err
	}
	ranges := audit.NewServiceRanges(texts)
	var addresses metav1.PartialObjectMetadataList
	addresses.SetGroupVersionKind(networkingv1.SchemeGroupVersion.WithKind("IPAddressList"))
	ok, err = each(ctx, c, listing{&addresses, "", "IPAddress", audit.Info}, func(address *metav1.PartialObjectMetadata) error {
		ranges.Use(address.Name)
		return nil
	})
	if ok {
		c.report.Cluster.ServiceRanges = ranges
	}
	return err
}
