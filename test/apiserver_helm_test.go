package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/test/envtest"
)

const chart = "../charts/dualstack-webhook"

// TestHelm lives a release's life with the real Helm on a real API server, once
// with server-side apply and once without: nothing conflicts with what the
// authority writes, nothing is lost under way, and nothing is left at the end.
func TestHelm(t *testing.T) {
	c := startBare(t, envtest.Options{})
	c.namespace(t, "dualstack-probe", applied, nil)
	c.namespace(t, "shop", applied, nil)
	c.namespace(t, envtest.Namespace, map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}, nil)
	before := c.everything(t)
	for _, serverSide := range []string{"true", "false"} {
		t.Run("ServerSide:"+serverSide, func(t *testing.T) {
			c.testRelease(t, "--server-side="+serverSide)
			if diff := cmp.Diff(before, c.everything(t)); diff != "" {
				t.Errorf("what there is (-before the installation +after the removal):\n%s", diff)
			}
		})
	}
}

// testRelease installs the chart, upgrades it to one with a changed webhook, rolls
// that back and removes it, with Services created all the time.
func (c *cluster) testRelease(t *testing.T, serverSide string) {
	c.helm(t, "install", envtest.Release, chart, serverSide)
	first := c.serve(t, "--shutdown-delay", "3s")
	t.Run("Install", c.testInstalled)
	load := c.startLoad(t, "shop")
	stop := sync.OnceFunc(func() { load.stop(t) })
	defer stop()
	load.more(t)

	c.helm(t, "upgrade", envtest.Release, nextChart(t), serverSide, "--set", "configuration.istiodDualStack=enabled")
	await(t, "a bundle in the next version's webhook", func() bool {
		return slices.Equal(c.trusted(t), []string{"pods-apply", "pods-report", "services-apply", "services-next"})
	})
	load.more(t)
	second := c.start(t, []string{"--shutdown-delay", "3s"})
	c.replace(t, first, second)
	t.Run("Upgrade", func(t *testing.T) { c.wantSidecar(t, "true") })
	load.more(t)

	c.helm(t, "rollback", envtest.Release, "1", serverSide)
	await(t, "a bundle in the first version's webhook", func() bool {
		return slices.Equal(c.trusted(t), []string{"pods-apply", "pods-report", "services-apply", "services-report"})
	})
	third := c.start(t, []string{"--shutdown-delay", "3s"})
	c.replace(t, second, third)
	t.Run("Rollback", func(t *testing.T) { c.wantSidecar(t, "") })
	load.more(t)
	stop()

	c.helm(t, "uninstall", envtest.Release) // The pods are still there.
	await(t, "the loss of the configuration", func() bool {
		return strings.Contains(get(t, "http://"+third.Metrics+"/metrics"), "dualstack_certificate_configuration_absent 1\n")
	})
}

// testInstalled looks at what the default values do: a Service has both families,
// a sidecar stays until somebody says that istiod is dual-stack.
func (c *cluster) testInstalled(t *testing.T) {
	service, err := c.create(t.Context(), "shop", plainWeb)
	if err != nil {
		t.Fatal(err)
	}
	if got := policyOf(service); got != "PreferDualStack" {
		t.Errorf("ipFamilyPolicy = %s, want PreferDualStack", got)
	}
	c.wantSidecar(t, "")
	var own corev1.Service
	if err := c.client.Get(t.Context(), client.ObjectKey{Namespace: envtest.Namespace, Name: envtest.Release}, &own); err != nil {
		t.Fatal(err)
	}
	if len(own.Spec.ClusterIPs) != 2 {
		t.Errorf("the webhook's own Service has the addresses %v, want one of each family", own.Spec.ClusterIPs)
	}
}

// wantSidecar creates a Pod with a sidecar, and wants this ISTIO_DUAL_STACK.
func (c *cluster) wantSidecar(t *testing.T, want string) {
	t.Helper()
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "istio-proxy", Image: "proxyv2"}}}}
	pod.Namespace, pod.Name = "shop", "web"
	if err := c.client.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, variable := range pod.Spec.Containers[0].Env {
		if variable.Name == "ISTIO_DUAL_STACK" {
			got = variable.Value
		}
	}
	if got != want || pod.Annotations["dualstack.dev/status"] == "" {
		t.Errorf("ISTIO_DUAL_STACK = %q with the annotations %v, want %q and a status", got, pod.Annotations, want)
	}
}

// replace does what a rolling update does: the new replica is ready before the
// old one is told to stop.
func (c *cluster) replace(t *testing.T, old, now *envtest.Server) {
	t.Helper()
	c.route(t, balance(t, old, now).pick)
	if err := old.Stop(); err != nil {
		t.Errorf("stopping a replica: %v", err)
	}
	c.route(t, envtest.Backend(now.Address))
}

// trusted returns the first words of the webhooks that have a bundle.
func (c *cluster) trusted(t *testing.T) (names []string) {
	t.Helper()
	for _, w := range c.configuration(t).Webhooks {
		if len(w.ClientConfig.CABundle) > 0 {
			name, _, _ := strings.Cut(w.Name, ".")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// nextChart returns a chart of a next version, which has renamed a webhook.
func nextChart(t *testing.T) string {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "dualstack-webhook")
	if err := os.CopyFS(directory, os.DirFS(chart)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(directory, "templates", "mutatingwebhookconfiguration.yaml")
	template, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const name = "- name: {{ .resource }}-{{ .does }}."
	next := strings.Replace(string(template), name, `- name: {{ print .resource "-" .does | replace "services-report" "services-next" }}.`, 1)
	if next == string(template) {
		t.Fatalf("%s has no %q", file, name)
	}
	if err := os.WriteFile(file, []byte(next), 0o600); err != nil {
		t.Fatal(err)
	}
	return directory
}

// helm runs the Helm that make tools has built, in the release's namespace.
func (c *cluster) helm(t *testing.T, args ...string) string {
	t.Helper()
	const binary = "../bin/helm"
	if _, err := os.Stat(binary); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test needs bin/helm: run make tools")
		}
		t.Skip("NOT TESTED, for want of bin/helm: run make tools")
	}
	command := exec.Command(binary, append(args, "--namespace", envtest.Namespace, "--kubeconfig", c.Kubeconfig())...)
	command.Env = []string{"HOME=" + t.TempDir()}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// everything returns the names of all objects, but for those that come and go by
// themselves, and the Services of the load.
func (c *cluster) everything(t *testing.T) []string {
	t.Helper()
	kinds, err := c.kubectl(t.Context(), nil, "api-resources", "--verbs=list,delete", "--output=name")
	if err != nil {
		t.Fatal(err)
	}
	changing := []string{"events", "events.events.k8s.io", "leases.coordination.k8s.io", "ipaddresses.networking.k8s.io"}
	wanted := slices.DeleteFunc(strings.Fields(kinds), func(kind string) bool { return slices.Contains(changing, kind) })
	out, err := c.kubectl(t.Context(), nil, "get", strings.Join(wanted, ","), "--all-namespaces", "--ignore-not-found",
		"--output=jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name}{\"\\n\"}{end}")
	if err != nil {
		t.Fatalf("kubectl get: %v\n%s", err, out)
	}
	return slices.Sorted(strings.Lines(out))
}
