package istio

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"istio.io/istio/pilot/pkg/config/kube/gatewaycommon"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pkg/kube"
	tagged "istio.io/istio/pkg/revisions"
	istiotest "istio.io/istio/pkg/test"

	"github.com/dualstack-dev/webhook/mutate"
)

// gatewayLabel names the Gateway that an object was made for.
const gatewayLabel = "gateway.networking.k8s.io/gateway-name"

// gatewayCases are the Gateways in testdata/gateways.yaml, with what becomes of
// their Pods where istiod is dual-stack.
var gatewayCases = []struct {
	name   string
	status string
	single bool
}{
	{name: "ingress", status: rewritten},
	{name: "ingress-on", status: rewritten},
	{name: "ingress-off", status: kept, single: true},
	{name: "waypoint", status: rewritten},
}

// gatewayMeshes are the memberships for whose istiod a controller of Gateways runs.
var gatewayMeshes = []string{"init", "again"}

// startGateways runs istiod's own controller of Gateways, for these revisions.
func (c *cluster) startGateways(t *testing.T) {
	t.Helper()
	for _, name := range []string{"gatewayclasses", "gateways", "listenersets"} {
		file := filepath.Join(moduleDirectory(t, "sigs.k8s.io/gateway-api"), "config/crd/standard/gateway.networking.k8s.io_"+name+".yaml")
		for _, definition := range readObjects(t, file) {
			if err := c.client.Create(t.Context(), definition); err != nil {
				t.Fatal(err)
			}
		}
	}
	// What PILOT_ENABLE_AMBIENT=true comes to; the table of classes is made of it.
	istiotest.SetForTest(t, &features.EnableAmbientWaypoints, true)
	istiotest.SetForTest(t, &gatewaycommon.ClassInfos, gatewaycommon.GetClassInfos())
	istiotest.SetForTest(t, &gatewaycommon.BuiltinGatewayClasses, gatewaycommon.GetBuiltinGatewayClasses())
	for _, m := range memberships {
		if slices.Contains(gatewayMeshes, m.name) {
			c.controlGateways(t, m)
		}
	}
}

func (c *cluster) controlGateways(t *testing.T, m membership) {
	t.Helper()
	revision := m.revision()
	if revision == "" {
		revision = "default"
	}
	api, err := kube.NewClient(kube.NewClientConfigForRestConfig(c.Config()), "")
	if err != nil {
		t.Fatal(err)
	}
	kube.EnableCrdWatcher(api)
	injector := c.injectors[m.revision()]
	tags := tagged.NewTagWatcher(api, revision, systemNamespace)
	controller := gatewaycommon.NewDeploymentController(api, "Kubernetes", injector.istiod, injector.webhook.GetConfig,
		func(func()) {}, tags, m.revision(), systemNamespace)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	api.RunAndWait(stop)
	go tags.Run(stop)
	go controller.Run(stop)
}

// testGateways creates the Pods of Gateways, as the controller of Deployments would.
// They are Istio's and not injected, so the injector is not asked.
func (c *cluster) testGateways(t *testing.T, o *oracle) {
	for _, m := range memberships {
		if !slices.Contains(gatewayMeshes, m.name) {
			continue
		}
		for _, tc := range gatewayCases {
			t.Run("Mesh:"+m.name+"_Gateway:"+tc.name, func(t *testing.T) {
				c.apply(t, m)
				pod := c.gatewayPod(t, m, tc.name, false)
				without, with := c.create(t, m, false, pod), c.create(t, m, true, pod)
				checkNever(t, without, with)
				if with.err != nil {
					t.Fatal(with.err)
				}
				if got := with.pod.Annotations[mutate.KeyStatus]; got != tc.status {
					t.Errorf("status = %q, want %q", got, tc.status)
				}
				if gaps := o.gaps(t, without.pod); len(gaps) == 0 {
					t.Error("without us the Pod is dual-stack")
				}
				if gaps := o.gaps(t, with.pod); (len(gaps) > 0) != tc.single {
					t.Errorf("with us: %q, want gaps: %v; %s", gaps, tc.single, flags(with.pod))
				}
				c.checkGatewayService(t, m, tc.name)
			})
		}
		t.Run("Mesh:"+m.name+"_ProxyConfig:exported", func(t *testing.T) { c.testGatewayProxyConfig(t, o, m) })
	}
}

// testGatewayProxyConfig holds that dualstack export istio reaches Gateways, once
// istiod renders them again, and that nothing is left to do for us then.
func (c *cluster) testGatewayProxyConfig(t *testing.T, o *oracle, m membership) {
	c.apply(t, m, exported)
	for _, name := range []string{"ingress", "waypoint"} {
		pod := c.gatewayPod(t, m, name, true)
		without, with := c.create(t, m, false, pod), c.create(t, m, true, pod)
		checkNever(t, without, with)
		if with.err != nil {
			t.Fatal(with.err)
		}
		checkUntouched(t, without.pod, with.pod)
		if gaps := o.gaps(t, with.pod); len(gaps) > 0 {
			t.Errorf("the Pod of Gateway %s is not dual-stack: %q; %s", name, gaps, flags(with.pod))
		}
	}
}

// testGatewaysNotDual holds that they stay as they are, but for a status.
func (c *cluster) testGatewaysNotDual(t *testing.T) {
	for _, m := range memberships {
		if !slices.Contains(gatewayMeshes, m.name) {
			continue
		}
		for _, tc := range gatewayCases {
			t.Run("Mesh:"+m.name+"_Gateway:"+tc.name, func(t *testing.T) {
				pod := c.gatewayPod(t, m, tc.name, false)
				without, with := c.create(t, m, false, pod), c.create(t, m, true, pod)
				if with.err != nil {
					t.Fatal(with.err)
				}
				checkUntouched(t, without.pod, with.pod)
			})
		}
	}
}

// gatewayPod returns a Pod of the Deployment that istiod makes for the Gateway, once
// its proxy has the variable, or has it not. The Gateway is in both namespaces of the
// mesh; the Pod is that of the one without us.
func (c *cluster) gatewayPod(t *testing.T, m membership, name string, dual bool) *corev1.Pod {
	t.Helper()
	for _, with := range []bool{false, true} {
		c.renderGateway(t, m.namespace(with), name, dual)
	}
	pod := &corev1.Pod{}
	err := wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		var deployments appsv1.DeploymentList
		err := c.client.List(ctx, &deployments, client.InNamespace(m.namespace(false)), client.MatchingLabels{gatewayLabel: name})
		if err != nil || len(deployments.Items) == 0 {
			return false, err
		}
		template := deployments.Items[0].Spec.Template
		pod.ObjectMeta, pod.Spec = *template.ObjectMeta.DeepCopy(), *template.Spec.DeepCopy()
		return (variable(&pod.Spec.Containers[0], flag) != nil) == dual, nil
	})
	if err != nil {
		t.Fatalf("waiting for the Deployment of Gateway %s: %v", name, err)
	}
	pod.Name, pod.Namespace = name+"-0", m.namespace(false)
	return pod
}

// renderGateway creates the Gateway with this name, unless it is there, and has
// istiod render it, which a ProxyConfig alone does not.
func (c *cluster) renderGateway(t *testing.T, namespace, name string, dual bool) {
	t.Helper()
	for _, gateway := range readObjects(t, "testdata/gateways.yaml") {
		if gateway.GetName() != name {
			continue
		}
		gateway.SetNamespace(namespace)
		if err := c.client.Create(t.Context(), gateway); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
		touch := fmt.Appendf(nil, `{"metadata":{"annotations":{"example.com/rendered-dual":"%v"}}}`, dual)
		if err := c.client.Patch(t.Context(), gateway, client.RawPatch(types.MergePatchType, touch)); err != nil {
			t.Fatal(err)
		}
	}
}

// checkGatewayService holds that istiod's Service of a Gateway asks for both
// families itself, and that we left it alone.
func (c *cluster) checkGatewayService(t *testing.T, m membership, name string) {
	t.Helper()
	var services corev1.ServiceList
	err := c.client.List(t.Context(), &services, client.InNamespace(m.namespace(true)), client.MatchingLabels{gatewayLabel: name})
	if err != nil || len(services.Items) != 1 {
		t.Fatalf("found %d Services of Gateway %s: %v", len(services.Items), name, err)
	}
	service := services.Items[0]
	if status, ok := service.Annotations[mutate.KeyStatus]; ok || len(service.Spec.IPFamilies) != 2 {
		t.Errorf("the Service of Gateway %s has the families %v and the status %q, want two and none", name, service.Spec.IPFamilies, status)
	}
}
