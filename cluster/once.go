package cluster

import (
	"context"
	"time"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// ReadDualStack looks once whether Services get addresses of both families. An
// error says why it is Unknown; forbidden and not found are errors too.
func ReadDualStack(ctx context.Context, reader client.Reader) (mutate.State, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return readServices(ctx, reader)
}

// ReadMeshes looks once at istiod and its injectors, and returns what is known of it for
// [mutate.Facts]. An error says why that is nothing but what was decided. Of o it
// uses Reader, Namespace, Selector and Decided.
//
// Whoever looks once has not seen what was before: an istiod whose Pods are being
// replaced is Unknown.
func ReadMeshes(ctx context.Context, o IstioOptions) (map[string]mutate.Mesh, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	o.Log = zap.NewNop()
	i := &Istio{options: o}
	deployments, found, err := i.read(ctx)
	i.know(i.judge(deployments), found, time.Now())
	return i.Meshes(), err
}
