package test

import (
	"os"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// testUpgradeOptedOut takes the label off a namespace while its Services are changed:
// those that come later stay as they are, whether the command is about the namespace or
// about all.
func (c *cluster) testUpgradeOptedOut(t *testing.T) {
	for _, tc := range []struct {
		namespace string // for all namespaces the first of them
		where     []string
		label     string // what becomes of it
		says      string
	}{
		{"upgrade-opted-out", []string{"-n", "upgrade-opted-out"}, "dualstack.dev/mode-", "does not say mode apply"},
		{"a-upgrade-opted-back", []string{"-A"}, "dualstack.dev/mode=pods", "does not say mode apply"},
		{"upgrade-meshed", []string{"-n", "upgrade-meshed"}, "kuma.io/sidecar-injection=enabled", "the mesh is not known to be dual-stack"},
	} {
		t.Run(tc.namespace, func(t *testing.T) {
			s := c.upgradeStage(t, tc.namespace)
			for _, name := range []string{"a", "b", "c"} {
				s.named(name, nil)
			}
			s.setMode("apply")
			d := c.openDoor(t)
			d.tell(nil, func(write int) { // The first Service takes two.
				if write == 2 {
					s.kubectl("", "label", "namespace", s.namespace, tc.label, "--overwrite")
				}
			})
			args := append([]string{"upgrade", "--yes", "--rate", "1000"}, tc.where...)
			out, status := s.through(d, func(*os.Process) {}, args...)
			if status == 0 || strings.Count(out, "left alone: changed since the plan: ") != 2 || !strings.Contains(out, tc.says) {
				t.Errorf("upgrade = status %d, want another than 0, and of two Services that they are left alone\n%s", status, out)
			}
			got := s.snapshot()
			for name, want := range map[string]string{"a": dualStack, "b": singleStack, "c": singleStack} {
				service := got[name]
				s.wantStack(&service, want)
			}
		})
	}
}

// testUpgradeOptedOutWhileAsked takes the label off while the question waits.
func (c *cluster) testUpgradeOptedOutWhileAsked(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-thinking")
	s.create(nil)
	s.setMode("apply")
	before := s.snapshot()
	s.whileAsked = func() { s.kubectl("", "label", "namespace", s.namespace, "dualstack.dev/mode-") }
	screen, status := s.asked(nil, "Upgrade 1 Service? [y/N] ", "y"+enter, "upgrade", "-n", s.namespace)
	if status == 0 || !strings.Contains(screen, "left alone: changed since the plan: ") {
		t.Errorf("upgrade = status %d, want another than 0, and that the Service is left alone\n%s", status, screen)
	}
	s.wantSnapshot("after an answer that came too late", before)
}

// testUpgradeLinkerd has Linkerd's control plane say that IPv6 is on, and turns it off
// between two Services, the second of which comes when that is no longer news.
func (c *cluster) testUpgradeLinkerd(t *testing.T) {
	c.ensureNamespace(t, "linkerd")
	s := &stage{T: t, cluster: c, namespace: "upgrade-linkerd"}
	c.namespace(t, s.namespace, nil, map[string]string{"linkerd.io/inject": "enabled"})
	for _, name := range []string{"a", "b"} {
		s.named(name, func(service *corev1.Service) { service.Spec.Selector = map[string]string{"app": "web"} })
	}
	s.createPod(podOf{name: "web", app: "web", plain: true, ips: []string{"10.244.0.7", "fd00:10:244::7"}})
	s.kubectl("", "label", "namespace", s.namespace, "dualstack.dev/mode=apply")
	dryRun := func(when, want string, args ...string) {
		t.Helper()
		if got := s.do("upgrade", append(args, "--dry-run")...)["a"]; got != want {
			t.Errorf("upgrade %s: %s, want %s", when, got, want)
		}
	}
	dryRun("without a control plane", "mesh-not-dual")
	dryRun("where the settings say that it is", "service-dual-stack", "--config", writeConfig(t, "linkerd:\n  dualStack: enabled\n"))
	c.linkerd(t, "true")
	dryRun("with a control plane that is", "service-dual-stack")
	dryRun("where the settings say that it is not", "mesh-not-dual", "--config", writeConfig(t, "linkerd:\n  dualStack: disabled\n"))

	d := c.openDoor(t)
	d.tell(nil, func(write int) {
		if write == 2 {
			c.linkerd(t, "false")
		}
	})
	out, status := s.through(d, func(*os.Process) {}, "upgrade", "--yes", "--rate", "0.045", "-n", s.namespace)
	if status == 0 || !strings.Contains(out, "left alone: changed since the plan: the mesh is not known to be dual-stack") {
		t.Errorf("upgrade = status %d, want another than 0, and that the second Service is left alone\n%s", status, out)
	}
	got := s.snapshot()
	for name, want := range map[string]string{"a": dualStack, "b": singleStack} {
		service := got[name]
		s.wantStack(&service, want)
	}
}

// linkerd writes the Deployment of Linkerd's destination controller, with what the
// controller of Deployments would say of it. It is there until the test ends.
func (c *cluster) linkerd(t *testing.T, ipv6 string) {
	t.Helper()
	labels := map[string]string{"linkerd.io/control-plane-component": "destination"}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-destination", Namespace: "linkerd", Labels: labels}}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	d.Spec.Template.Labels = labels
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "destination", Image: "controller", Args: []string{"destination", "-enable-ipv6=" + ipv6}}}
	d.APIVersion, d.Kind = "apps/v1", "Deployment"
	c.deleteAtEnd(t, d)
	//nolint:staticcheck // Apply takes configurations, which this is not.
	if err := c.client.Patch(t.Context(), d, client.Apply, client.FieldOwner("linkerd"), client.ForceOwnership); err != nil {
		t.Fatal(err)
	}
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
	if err := c.client.Status().Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}
