package cluster

import (
	"context"
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// serviceCIDRName is the ServiceCIDR that the API server writes from its
// --service-cluster-ip-range. Others add addresses, but never a family: the
// allocators are made once, from the flag.
// k8s.io/kubernetes/pkg/controlplane/controller/defaultservicecidr and
// k8s.io/kubernetes/pkg/registry/core/rest/storage_core.go.
const serviceCIDRName = "kubernetes"

// readServices returns whether Services have addresses of both families.
func readServices(ctx context.Context, reader client.Reader) (mutate.State, error) {
	var cidr networkingv1.ServiceCIDR
	if err := reader.Get(ctx, client.ObjectKey{Name: serviceCIDRName}, &cidr); err != nil {
		return mutate.Unknown, err
	}
	return families(firstAddresses(cidr.Spec.CIDRs)), nil
}

// isAbsent reports whether err says that the cluster has no such object. That will be
// so the next time too: ServiceCIDR is there since Kubernetes 1.33.
func isAbsent(err error) bool { return apierrors.IsNotFound(err) || meta.IsNoMatchError(err) }

// firstAddresses returns nil if one of the ranges is none.
func firstAddresses(cidrs []string) []netip.Addr {
	var addresses []netip.Addr
	for _, text := range cidrs {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil
		}
		addresses = append(addresses, prefix.Addr())
	}
	return addresses
}
