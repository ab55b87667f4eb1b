package servers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// sidecars holds the containers of fixtures whose programs are built here, one of
// the ports of each, and the families that it serves where the kernel has both.
func sidecars() []struct{ fixture, container, port, families string } {
	return []struct{ fixture, container, port, families string }{
		{"pod-oauth2-proxy", "oauth2-proxy", "4180", "46"},
		{"pod-oauth2-proxy-default", "oauth2-proxy", "4180", "4"},
		{"pod-oauth2-proxy-loopback", "oauth2-proxy", "4180", "4"},
		{"pod-oauth2-proxy-metrics", "oauth2-proxy", "44180", "4"},
	}
}

// TestSidecars starts sidecars as their fixtures have them. It wants both families
// of one that is called already dual-stack, also in a kernel that keeps them
// apart, and in one without IPv6 still IPv4; and of one that is not called so it
// wants to see that it serves IPv4 alone.
func TestSidecars(t *testing.T) {
	for _, s := range sidecars() {
		t.Run(s.fixture, func(t *testing.T) {
			pod := readPod(t, s.fixture)
			if dual := isAlreadyDual(t, pod, s.container); dual != (s.families == "46") {
				t.Errorf("%s is called already dual-stack: %t, and serves %q", s.container, dual, s.families)
			}
			k := sidecarTask(t, pod, s.container)
			k.Port = s.port
			for _, kernel := range []struct {
				name    string
				sysctls map[string]string
				want    string
			}{{"with IPv6", withIPv6, s.families}, {"that keeps the families apart", apart, s.families}, {"without IPv6", without, "4"}} {
				k.Sysctls = kernel.sysctls
				if got := k.inNetwork(t); got.Families != kernel.want {
					t.Errorf("in a kernel %s %q serves %q at %s, want %q; it says:\n%s", kernel.name, k.Argv, got.Families, s.port, kernel.want, got.Output)
				}
			}
		})
	}
}

// readPod returns the Pod that a fixture leads to, as JSON.
func readPod(t *testing.T, fixture string) []byte {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("../fixtures", fixture+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "out.yaml" })
	if i < 0 {
		t.Fatalf("%s has no out.yaml", fixture)
	}
	pod, err := yaml.YAMLToJSON(archive.Files[i].Data)
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// isAlreadyDual reports whether the sidecar of this name gets that verdict.
func isAlreadyDual(t *testing.T, pod []byte, profile string) bool {
	t.Helper()
	profiles, err := sidecar.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var view mutate.PodView
	if err := json.Unmarshal(pod, &view); err != nil {
		t.Fatal(err)
	}
	result := mutate.Pod(&view, mutate.Policy{Mode: mutate.ModeApply, Profiles: profiles})
	return slices.ContainsFunc(result.Notes, func(n mutate.Note) bool {
		return n.Part == profile && n.Code == mutate.CodeAlreadyDual
	})
}

// sidecarTask starts the container of this name. The program of its image is the one
// in bin, and a variable that comes from a Secret has the length of a key.
func sidecarTask(t *testing.T, pod []byte, name string) task {
	t.Helper()
	program, err := filepath.Abs(filepath.Join("../../bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs bin/%s: run make servers", name)
		}
		t.Skipf("NOT TESTED, for want of bin/%s: run make servers", name)
	}
	var p corev1.Pod
	if err := json.Unmarshal(pod, &p); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(p.Spec.Containers, func(c corev1.Container) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("the Pod has no container %s", name)
	}
	k := task{Dir: t.TempDir(), Argv: append([]string{program}, p.Spec.Containers[i].Args...), Ask: askHTTP}
	for _, v := range p.Spec.Containers[i].Env {
		if v.ValueFrom != nil {
			v.Value = "0123456789abcdef"
		}
		k.Env = append(k.Env, v.Name+"="+v.Value)
	}
	return k
}
