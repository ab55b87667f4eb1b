package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// way is how a tool writes a manifest.
type way struct {
	name string
	// first and again write the manifest: when there is nothing yet, and later.
	first, again func(s *stage, name, manifest string)
	// keepsMark says that writing again leaves the mark.
	keepsMark bool
	// leavesTrace says that managedFields, or an annotation, tell that somebody says
	// SingleStack of what is it already.
	leavesTrace bool
}

func kubectlWay(args ...string) func(*stage, string, string) {
	return func(s *stage, _, manifest string) {
		s.Helper()
		s.kubectl(manifest, append(args, "-f", "-")...)
	}
}

func patchWay(s *stage, name, manifest string) {
	s.Helper()
	s.kubectl("", "patch", "service", name, "--type", "merge", "--patch", manifest)
}

func helmWay(serverSide string) func(*stage, string, string) {
	return func(s *stage, name, manifest string) {
		s.Helper()
		s.helm(s.T, "upgrade", "--install", s.namespace+"-"+name, manifestChart(s.T, manifest), "--server-side="+serverSide)
	}
}

// manifestChart returns a chart that renders to a manifest.
func manifestChart(t *testing.T, manifest string) string {
	t.Helper()
	directory := t.TempDir()
	for name, text := range map[string]string{
		"Chart.yaml":             "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
		"templates/service.yaml": manifest,
	} {
		file := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

// testUpgradeOwnership upgrades Services that tools have written in each of their
// ways, and lets the tool go on: it never conflicts, takes nothing back that it
// does not ask for, and gets what it asks for.
func (c *cluster) testUpgradeOwnership(t *testing.T) {
	serverSide := kubectlWay("apply", "--server-side", "--field-manager", "argocd-controller")
	for _, w := range []way{
		{"replace", kubectlWay("create"), kubectlWay("replace"), false, false},
		{"apply", kubectlWay("apply"), kubectlWay("apply"), true, true},
		{"server-side", serverSide, serverSide, true, true},
		{"patch", kubectlWay("create"), patchWay, true, false},
		{"helm-server-side", helmWay("true"), helmWay("true"), true, true},
		{"helm-client-side", helmWay("false"), helmWay("false"), true, false},
	} {
		t.Run(w.name, func(t *testing.T) { c.testUpgradeWay(t, w) })
	}
}

func (c *cluster) testUpgradeWay(t *testing.T, w way) {
	s := c.upgradeStage(t, "upgrade-"+w.name)
	manifest := func(name, version, policy string) string {
		text := strings.Replace(string(gitopsManifest(name, version, policy)), "namespace: gitops", "namespace: "+s.namespace, 1)
		return text
	}
	for _, name := range []string{"goes-on", "goes-back"} {
		w.first(s, name, manifest(name, "a", ""))
	}
	w.first(s, "says-single", manifest("says-single", "a", "SingleStack"))
	w.first(s, "says-single-later", manifest("says-single-later", "a", ""))
	w.again(s, "says-single-later", manifest("says-single-later", "a", "SingleStack"))
	s.setMode("apply")
	before := s.snapshot()

	later := "explicit-single-stack"
	if !w.leavesTrace {
		later = "service-dual-stack changed"
	}
	want := map[string]string{
		"goes-on": "service-dual-stack changed", "goes-back": "service-dual-stack changed",
		"says-single": "explicit-single-stack", "says-single-later": later,
	}
	if diff := cmp.Diff(want, s.do("upgrade", "--yes")); diff != "" {
		t.Errorf("upgrade (-want +got):\n%s", diff)
	}
	upgraded := s.snapshot()
	want2 := func(name, when, want string) {
		t.Helper()
		service := s.snapshot()[name]
		if got := stackWords(&service); got != want {
			t.Errorf("Service %s %s: %s, want %s", name, when, got, want)
		}
	}
	for _, name := range []string{"goes-on", "goes-back", "says-single-later"} {
		text := manifest(name, "a", "")
		if name == "says-single-later" {
			text = manifest(name, "a", "SingleStack")
		}
		w.again(s, name, text)
	}
	want2("goes-on", "written again", dualStack)
	want2("says-single-later", "written again", singleStack)
	w.again(s, "goes-on", manifest("goes-on", "b", ""))
	want2("goes-on", "changed", dualStack)
	service := s.snapshot()["goes-on"]
	if mark := service.Annotations["dualstack.dev/status"]; (mark != "") != w.keepsMark || service.Labels["version"] != "b" {
		t.Errorf("written again, the mark is %q and the labels are %v", mark, service.Labels)
	}
	wantUnowned(t, upgraded["goes-back"])

	// The tool takes it back itself.
	w.again(s, "goes-on", manifest("goes-on", "b", "SingleStack"))
	want2("goes-on", "with SingleStack in its manifest", singleStack)
	if got := s.do("upgrade", "--yes")["goes-on"]; got != "explicit-single-stack" {
		t.Errorf("upgrade of what its author has taken back: %s, want it to be left", got)
	}

	// Or we do.
	reverted := map[string]string{"goes-on": "mark-outlived changed", "goes-back": "one-family-again changed", "says-single": "no-mark", "says-single-later": "no-mark"}
	switch {
	case !w.keepsMark:
		reverted["goes-on"], reverted["goes-back"] = "no-mark", "no-mark"
	case !w.leavesTrace:
		reverted["says-single-later"] = "mark-outlived changed"
	}
	if diff := cmp.Diff(reverted, s.do("revert", "--yes")); diff != "" {
		t.Errorf("revert (-want +got):\n%s", diff)
	}
	if w.keepsMark {
		got, was := s.snapshot()["goes-back"], before["goes-back"]
		got.ResourceVersion = was.ResourceVersion
		got.ManagedFields, was.ManagedFields = nil, nil // The tool has written since.
		if diff := cmp.Diff(was, got); diff != "" {
			t.Errorf("Service goes-back (-before +after the revert):\n%s", diff)
		}
		w.again(s, "goes-back", manifest("goes-back", "a", ""))
		want2("goes-back", "written again after the revert", singleStack)
	}
}

// wantUnowned wants what we wrote to belong to nobody.
func wantUnowned(t *testing.T, service corev1.Service) {
	t.Helper()
	for _, field := range []string{"f:ipFamilyPolicy", "f:ipFamilies", "f:clusterIPs", "f:dualstack.dev/status"} {
		if owners := owners(&service, field); owners != nil {
			t.Errorf("Service %s: owners of %s = %q, want nobody", service.Name, field, owners)
		}
	}
}
