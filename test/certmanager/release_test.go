package certmanager

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestCertManager lives a release's life. Each part begins with what the one
// before it has left.
func TestCertManager(t *testing.T) {
	c := startCluster(t)
	c.follow(t, nil, "Install")
	// On a busy machine two seconds are not always enough for an answer, and that
	// is not the subject here.
	c.upgrade(t, "--set configuration.istio.dualStack=enabled,webhook.timeoutSeconds=30")
	c.awaitRevision(t, leaf, 1)
	server := c.serve(t)
	t.Run("Install", func(t *testing.T) { c.testInstall(t, server) })
	t.Run("Upgrade:server-side=true", func(t *testing.T) { c.testUpgrade(t, server, "true") })
	t.Run("Upgrade:server-side=false", func(t *testing.T) { c.testUpgrade(t, server, "false") })
	t.Run("Renewal", func(t *testing.T) { c.testRenewal(t, server) })
	t.Run("Rotation", func(t *testing.T) { c.testRotation(t, server) })
	t.Run("Leak", func(t *testing.T) { c.testLeak(t, server) })
	t.Run("Issuer", func(t *testing.T) { c.testIssuer(t, server) })
	t.Run("Removal", c.testRemoval)
}

// testInstall wants the authority in every bundle, written by the CA injector,
// and a Service and a Pod of a labelled namespace dual-stack.
func (c *cluster) testInstall(t *testing.T, server *envtest.Server) {
	_, signer := c.issued(t, leaf)
	c.awaitBundles(t, signer)
	c.wantTrusted(t, server)
	if got, want := managersOf(c.configuration(t), "caBundle"), []string{"cert-manager-cainjector Apply"}; !slices.Equal(got, want) {
		t.Errorf("the caBundle belongs to %q, want %q", got, want)
	}

	service, err := c.service(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}; !slices.Equal(service.Spec.IPFamilies, want) || len(service.Spec.ClusterIPs) != 2 {
		t.Errorf("the Service has the families %v and the addresses %v, want %v and an address of each", service.Spec.IPFamilies, service.Spec.ClusterIPs, want)
	}
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "istio-proxy", Image: "proxyv2"}}}}
	pod.Namespace, pod.Name = "shop", "web"
	if err := c.client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	if want := (corev1.EnvVar{Name: "ISTIO_DUAL_STACK", Value: "true"}); !slices.Contains(pod.Spec.Containers[0].Env, want) {
		t.Errorf("the sidecar has the variables %v, want %v among them", pod.Spec.Containers[0].Env, want)
	}
}

// managersOf returns who manages fields of this name, and how.
func managersOf(object client.Object, field string) (managers []string) {
	for _, entry := range object.GetManagedFields() {
		if strings.Contains(entry.FieldsV1.GetRawString(), `"f:`+field+`"`) {
			managers = append(managers, entry.Manager+" "+string(entry.Operation))
		}
	}
	return managers
}

// testUpgrade changes the webhook configuration under load, and wants the bundles
// to stay.
func (c *cluster) testUpgrade(t *testing.T, server *envtest.Server, serverSide string) {
	before := c.bundles(t)
	load := c.startLoad(t)
	load.more(t)
	c.upgrade(t, "--server-side="+serverSide+" --set webhook.excludedNamespaces={server-side-"+serverSide+"}")
	if selector := c.configuration(t).Webhooks[0].NamespaceSelector.String(); !strings.Contains(selector, "server-side-"+serverSide) {
		t.Errorf("the upgrade has not changed the selector %s", selector)
	}
	if diff := cmp.Diff(before, c.bundles(t)); diff != "" {
		t.Errorf("bundles (-before +after):\n%s", diff)
	}
	load.more(t)
	load.end(t)
	c.wantTrusted(t, server)
	c.reconnect(t)
}

// testRemoval wants nothing left but the Secrets, which cert-manager does not
// delete unless it is told to.
func (c *cluster) testRemoval(t *testing.T) {
	removal := commands(t, "Remove")
	c.run(t, nil, removal[0])
	out, err := exec.CommandContext(t.Context(), c.Kubectl(), "--kubeconfig", c.Kubeconfig(), "get", "--namespace", envtest.Namespace, "--output=name",
		"mutatingwebhookconfigurations,clusterroles,clusterrolebindings,certificates,issuers,secrets,deployments,services,configmaps,serviceaccounts").CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl get: %v\n%s", err, out)
	}
	var left []string
	for name := range strings.FieldsSeq(string(out)) {
		if strings.Contains(name, "dualstack") {
			left = append(left, name)
		}
	}
	if want := []string{"secret/dualstack-webhook-ca", "secret/dualstack-webhook-tls"}; !slices.Equal(left, want) {
		t.Errorf("left = %q, want %q", left, want)
	}
	c.run(t, nil, removal[1])
}
