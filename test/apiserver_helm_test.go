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
	// When the processors are very busy a call may take the default two seconds,
	// and then passes unmutated, as it should. That is not the subject here.
	const patient = "webhook.timeoutSeconds=30"
	c.helm(t, "install", envtest.Release, chart, serverSide, "--set", patient)
	first := c.serve(t, "--shutdown-delay", "5s")
	t.Run("Install", c.testInstalled)
	t.Run("Test", c.testHelmTest)
	load := c.startLoad(t, "shop", 4)
	stop := sync.OnceFunc(func() { load.stop(t) })
	defer stop()
	load.more(t)

	c.helm(t, "upgrade", envtest.Release, nextChart(t), serverSide, "--set", patient, "--set", "configuration.istio.dualStack=enabled")
	await(t, "a bundle in the next version's webhook", func() bool {
		return slices.Equal(c.trusted(t), []string{"pods-apply", "pods-report", "services-apply", "services-next"})
	})
	load.more(t)
	second := c.start(t, []string{"--shutdown-delay", "5s"})
	c.replace(t, first, second)
	t.Run("Upgrade", func(t *testing.T) { c.wantSidecar(t, "true") })
	load.more(t)

	c.helm(t, "rollback", envtest.Release, "1", serverSide)
	await(t, "a bundle in the first version's webhook", func() bool {
		return slices.Equal(c.trusted(t), []string{"pods-apply", "pods-report", "services-apply", "services-report"})
	})
	third := c.start(t, []string{"--shutdown-delay", "5s"})
	c.replace(t, second, third)
	t.Run("Rollback", func(t *testing.T) { c.wantSidecar(t, "") })
	load.more(t)
	stop()
	t.Run("KillSwitch", func(t *testing.T) { c.testKillSwitch(t, serverSide) })

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

// testHelmTest does what helm test does, which needs a kubelet: it creates the
// hooks, and runs the command of their Pod as its service account.
func (c *cluster) testHelmTest(t *testing.T) {
	hooks := []byte(c.helm(t, "get", "hooks", envtest.Release))
	c.mustApply(t, hooks, nil)
	pod := &corev1.Pod{}
	key := client.ObjectKey{Namespace: envtest.Namespace, Name: envtest.Release + "-test"}
	if err := c.client.Get(t.Context(), key, pod); err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := c.ServiceAccount(t.Context(), envtest.Namespace, pod.Spec.ServiceAccountName)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--kubeconfig", kubeconfig}, pod.Spec.Containers[0].Args...)
	out, err := exec.CommandContext(t.Context(), c.Kubectl(), append(args, "--cache-dir", t.TempDir())...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "condition met") {
		t.Errorf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	if out, err := c.kubectl(t.Context(), hooks, "delete", "-f", "-", "--grace-period=0"); err != nil {
		t.Fatalf("kubectl delete: %v\n%s", err, out)
	}
}

// testKillSwitch takes the webhook configuration away by hand, and by a value: each
// time requests pass unmutated, and an upgrade brings it back.
func (c *cluster) testKillSwitch(t *testing.T, serverSide string) {
	upgrade := func(flags ...string) {
		t.Helper()
		c.helm(t, append([]string{"upgrade", envtest.Release, chart, serverSide}, flags...)...)
	}
	mutates := func() bool {
		service, err := c.create(t.Context(), "shop", plainWeb)
		if err != nil {
			t.Fatal(err)
		}
		return policyOf(service) == "PreferDualStack"
	}
	for name, off := range map[string]func(){
		"kubectl": func() {
			if out, err := c.kubectl(t.Context(), nil, "delete", "mutatingwebhookconfiguration", ourConfiguration); err != nil {
				t.Fatalf("kubectl delete: %v\n%s", err, out)
			}
		},
		"helm": func() { upgrade("--set", "webhook.enabled=false") },
	} {
		off()
		await(t, name+": requests that pass", func() bool { return !mutates() })
		upgrade("--set", "webhook.enabled=true")
		await(t, name+": a mutation", mutates)
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
