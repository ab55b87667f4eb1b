package cluster

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/dualstack-dev/webhook/mutate"
)

// The names of the meshes whose control planes are looked at, in their profiles and
// in [mutate.Facts].
const (
	MeshIstio   = "istio"
	MeshLinkerd = "linkerd"
)

// FactsOptions are what Facts need. All but Reader and IstioSelector may be zero.
type FactsOptions struct {
	// Reader reads the API server itself, not a cache.
	Reader client.Reader
	// Decided is what is known already: it counts, whatever is found.
	Decided mutate.Facts
	// IstioNamespace and IstioSelector say where istiod's Deployments are, and
	// LinkerdNamespace where Linkerd's are; "" for all namespaces.
	IstioNamespace   string
	IstioSelector    labels.Selector
	LinkerdNamespace string
	// IstioCNINamespace is that of istio-cni.
	IstioCNINamespace string
	// OwnPod is what PodNetwork says of the process's own Pod.
	OwnPod mutate.State
	// FindPods looks for what OwnPod is, where there is none; nil for nobody.
	FindPods func(context.Context) (mutate.State, error)
	// UnknownAfter is how long what was found counts; an hour if zero.
	UnknownAfter time.Duration
	// Registry is where the metrics are registered; nil for nowhere.
	Registry prometheus.Registerer
	Log      *zap.Logger
}

// Facts find out about the cluster what nobody has decided: once, or again and again
// when a manager runs them.
type Facts struct {
	decided   mutate.Facts
	cluster   *Watcher
	istio     *Istio
	ambient   *Ambient
	linkerd   *Linkerd
	injectors *Injectors
}

// NewFacts returns Facts that know nothing but what was decided.
func NewFacts(o FactsOptions) *Facts {
	log := o.Log
	if log == nil {
		log = zap.NewNop()
	}
	pods := o.Decided.Pods
	if pods == mutate.Unknown {
		pods = o.OwnPod
	}
	injectors := NewInjectors(InjectorsOptions{Reader: o.Reader, Registry: o.Registry, Log: log.Named("injectors")})
	return &Facts{
		decided:   o.Decided,
		injectors: injectors,
		cluster: NewWatcher(Options{
			Reader: o.Reader, Decided: o.Decided.DualStack, Pods: pods, FindPods: o.FindPods,
			UnknownAfter: o.UnknownAfter, Registry: o.Registry, Log: log.Named("cluster"),
		}),
		istio: NewIstio(IstioOptions{
			Reader: o.Reader, Namespace: o.IstioNamespace, Selector: o.IstioSelector, Decided: o.Decided.Meshes[MeshIstio],
			UnknownAfter: o.UnknownAfter, Registry: o.Registry, Log: log.Named("istio"),
		}),
		ambient: NewAmbient(AmbientOptions{
			Reader: o.Reader, Namespace: o.IstioCNINamespace, Decided: o.Decided.Meshes[mutate.MeshAmbient].DualStack,
			UnknownAfter: o.UnknownAfter, Registry: o.Registry, Log: log.Named("ambient"),
		}),
		linkerd: NewLinkerd(LinkerdOptions{
			Reader: o.Reader, Namespace: o.LinkerdNamespace, Decided: o.Decided.Meshes[MeshLinkerd].DualStack,
			Injected:     func() bool { return injectors.Has(MeshLinkerd) },
			UnknownAfter: o.UnknownAfter, Registry: o.Registry, Log: log.Named("linkerd"),
		}),
	}
}

// Now returns what is known at the moment, without waiting.
func (f *Facts) Now() mutate.Facts {
	now := f.decided
	now.DualStack, now.Pods = f.cluster.DualStack(), f.cluster.Pods()
	now.Meshes = maps.Clone(f.decided.Meshes)
	if now.Meshes == nil {
		now.Meshes = map[string]mutate.Mesh{}
	}
	now.Meshes[MeshIstio] = f.istio.Mesh()
	now.Meshes[mutate.MeshAmbient] = mutate.Mesh{DualStack: f.ambient.DualStack()}
	now.Meshes[MeshLinkerd] = mutate.Mesh{DualStack: f.linkerd.DualStack()}
	now.Reach = f.injectors.Reach()
	return now
}

// Refresh looks again at what was found longer than that ago. Each line of the error
// says what could not be read, and which setting can say it.
func (f *Facts) Refresh(ctx context.Context, age time.Duration) error {
	var errs []error
	for _, fact := range []struct {
		age  time.Duration
		seen bool
		look func(context.Context) error
	}{
		{f.cluster.kept.age(), f.cluster.kept.looked(), f.cluster.Look},
		{f.istio.kept.age(), f.istio.kept.looked(), f.istio.Look},
		{f.ambient.kept.age(), f.ambient.kept.looked(), f.ambient.Look},
		{f.linkerd.kept.age(), f.linkerd.kept.looked(), f.linkerd.Look},
		{f.injectors.kept.age(), f.injectors.kept.looked(), f.injectors.Look},
	} {
		if !fact.seen || fact.age > age {
			errs = append(errs, fact.look(ctx))
		}
	}
	return errors.Join(errs...)
}

// Checks are what has to be true before the first answer, by name.
func (f *Facts) Checks() map[string]func(*http.Request) error {
	return map[string]func(*http.Request) error{"cluster": f.cluster.Ready, "istiod": f.istio.Ready, "istio-cni": f.ambient.Ready, "linkerd": f.linkerd.Ready, "injectors": f.injectors.Ready}
}

// Runnables are what a manager is to run, for the facts to stay fresh.
func (f *Facts) Runnables() []manager.Runnable {
	return []manager.Runnable{f.cluster, f.istio, f.ambient, f.linkerd, f.injectors}
}
