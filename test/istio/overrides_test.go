package istio

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/dualstack-dev/webhook/mutate"
)

// ownSetting is something that the author of a Pod sets in its proxy.
type ownSetting struct {
	name string
	set  func(proxy *corev1.Container)
	get  func(proxy *corev1.Container) any
	// lost are the kinds of sidecars in which an injector that is called again resets
	// it: where its template sets it too.
	lost []string
}

var both = []string{"native", "classic"}

// ownSettings are of each kind. What is lost is what Istio's own templates set. A
// template of the operator's can set any of them, so all of them count.
var ownSettings = []ownSetting{
	{
		"user", func(c *corev1.Container) { c.SecurityContext = &corev1.SecurityContext{RunAsUser: new(int64(4242))} },
		func(c *corev1.Container) any { return *c.SecurityContext.RunAsUser }, both,
	},
	{
		"capabilities", func(c *corev1.Container) {
			c.SecurityContext = &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"NET_RAW"}}}
		},
		func(c *corev1.Container) any { return c.SecurityContext.Capabilities.Drop }, both,
	},
	{
		"resources", func(c *corev1.Container) {
			c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("3Gi")}
		},
		func(c *corev1.Container) any { return c.Resources.Limits.Memory().String() }, both,
	},
	{
		"image", func(c *corev1.Container) { c.Image = "proxyv2:debug" },
		func(c *corev1.Container) any { return c.Image }, both,
	},
	{
		"args", func(c *corev1.Container) { c.Args = []string{"proxy", "sidecar", "--concurrency=2"} },
		func(c *corev1.Container) any { return c.Args }, both,
	},
	{
		"env-of-the-template", func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "TRUST_DOMAIN", Value: "shop"}} },
		func(c *corev1.Container) any { return variable(c, "TRUST_DOMAIN").Value }, both,
	},
	{
		"env", func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "GOGC", Value: "50"}} },
		func(c *corev1.Container) any { return variable(c, "GOGC").Value }, nil,
	},
	{
		"readiness-probe", func(c *corev1.Container) {
			c.ReadinessProbe = &corev1.Probe{PeriodSeconds: 42, ProbeHandler: httpGet(15021)}
		},
		func(c *corev1.Container) any { return c.ReadinessProbe.PeriodSeconds }, both,
	},
	{
		"liveness-probe", func(c *corev1.Container) {
			c.LivenessProbe = &corev1.Probe{PeriodSeconds: 42, ProbeHandler: httpGet(15021)}
		},
		func(c *corev1.Container) any { return c.LivenessProbe.PeriodSeconds }, nil,
	},
	{
		"lifecycle", func(c *corev1.Container) {
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"sleep", "10"}}}}
		},
		func(c *corev1.Container) any { return c.Lifecycle.PreStop.Exec.Command },
		[]string{"native"},
	},
	{
		"port", func(c *corev1.Container) { c.Ports = []corev1.ContainerPort{{Name: "admin", ContainerPort: 15000}} },
		func(c *corev1.Container) any { return namesOfPorts(c) }, nil,
	},
	{
		"port-of-the-template", func(c *corev1.Container) {
			c.Ports = []corev1.ContainerPort{{Name: "metrics", ContainerPort: metricsPort}}
		},
		func(c *corev1.Container) any { return namesOfPorts(c) }, both,
	},
	{
		"volume-mount", func(c *corev1.Container) {
			c.VolumeMounts = []corev1.VolumeMount{{Name: "own", MountPath: "/etc/certs"}}
		},
		func(c *corev1.Container) any { return volumeAt(c, "/etc/certs") }, nil,
	},
	{
		"volume-mount-of-the-template", func(c *corev1.Container) {
			c.VolumeMounts = []corev1.VolumeMount{{Name: "own", MountPath: "/var/lib/istio/data"}}
		},
		func(c *corev1.Container) any { return volumeAt(c, "/var/lib/istio/data") }, both,
	},
}

// pod returns a Pod whose author sets it in the proxy.
func (s ownSetting) pod(t *testing.T, kind string) *corev1.Pod {
	t.Helper()
	pod := findCase(t, "plain").read(t, kind)
	pod.Spec.Volumes = []corev1.Volume{{Name: "own"}}
	proxy := corev1.Container{Name: "istio-proxy", Image: "auto"}
	s.set(&proxy)
	pod.Spec.Containers = append(pod.Spec.Containers, proxy)
	if kind == "native" {
		moveStub(&pod.Spec)
	}
	return pod
}

// testOverrides holds that no Pod loses what its author sets in the proxy, in
// proxy.istio.io/overrides, because of us. A second injection resets it,
// https://github.com/istio/istio/issues/55691: where the injector is called again,
// each webhook after it that changes the Pod has that effect. Such Pods we leave
// alone. Where it is called once they become dual-stack, and lose nothing.
func (c *cluster) testOverrides(t *testing.T, o *oracle) {
	for _, m := range memberships {
		if m.cases != nil {
			continue
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			for _, setting := range ownSettings {
				t.Run("Mesh:"+m.name+"_Sidecar:"+kind+"_Own:"+setting.name, func(t *testing.T) {
					c.testOverride(t, o, m, setting, setting.pod(t, kind))
					if m.again {
						c.testReset(t, m, setting, slices.Contains(setting.lost, kind), setting.pod(t, kind))
					}
				})
			}
		}
	}
}

func (c *cluster) testOverride(t *testing.T, o *oracle, m membership, s ownSetting, pod *corev1.Pod) {
	t.Helper()
	want := s.get(find(pod, "istio-proxy"))
	without, with := c.create(t, m, false, pod), c.create(t, m, true, pod)
	checkNever(t, without, with)
	if with.err != nil {
		t.Fatal(with.err)
	}
	for side, out := range map[string]outcome{"without us": without, "with us": with} {
		if diff := cmp.Diff(want, s.get(find(out.pod, "istio-proxy"))); diff != "" {
			t.Errorf("%s the proxy has lost what its author set (-want +got):\n%s", side, diff)
		}
	}
	if m.again {
		checkUntouched(t, without.pod, with.pod)
	}
	status, gaps := rewritten, o.gaps(t, with.pod)
	if m.again {
		status = ""
	}
	if got := with.pod.Annotations[mutate.KeyStatus]; got != status {
		t.Errorf("status = %q, want %q", got, status)
	}
	if dual := len(gaps) == 0; dual == m.again {
		t.Errorf("the Pod is dual-stack: %v, want %v; %s", dual, !m.again, flags(with.pod))
	}
}

// testReset holds that Istio resets it, or does not, when it is called again, as it
// would be after a change of ours.
func (c *cluster) testReset(t *testing.T, m membership, s ownSetting, want bool, pod *corev1.Pod) {
	t.Helper()
	own := s.get(find(pod, "istio-proxy"))
	again := c.create(t, m, false, c.create(t, m, false, pod).pod)
	if again.err != nil {
		t.Fatal(again.err)
	}
	if got := !cmp.Equal(own, s.get(find(again.pod, "istio-proxy"))); got != want {
		t.Errorf("a second injection resets it: %v, want %v", got, want)
	}
}

// testUser holds that traffic of the proxy's own user is let through.
func (c *cluster) testUser(t *testing.T) {
	for _, m := range memberships {
		for kind := range kinds {
			out := c.create(t, m, true, findCase(t, "stub-user").read(t, kind))
			if out.err != nil {
				t.Fatal(out.err)
			}
			if got := *find(out.pod, "istio-proxy").SecurityContext.RunAsUser; got != 4242 {
				t.Errorf("mesh %s, sidecar %s: the proxy runs as %d, want 4242", m.name, kind, got)
			}
			if init := find(out.pod, "istio-init"); init != nil && letThrough(init) != "4242" {
				t.Errorf("mesh %s, sidecar %s: istio-init lets %s through, want 4242", m.name, kind, letThrough(init))
			}
		}
	}
}

// letThrough returns the user whose traffic istio-init does not capture.
func letThrough(init *corev1.Container) string {
	i := slices.Index(init.Args, "-u")
	if i < 0 || i+1 == len(init.Args) {
		return "nobody"
	}
	return init.Args[i+1]
}

func httpGet(port int32) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz/ready", Port: intstr.FromInt32(port)}}
}

// namesOfPorts returns the names of the ports that are not the template's own.
func namesOfPorts(c *corev1.Container) []string {
	var names []string
	for _, port := range c.Ports {
		if port.Name != "http-envoy-prom" {
			names = append(names, port.Name)
		}
	}
	return names
}

// volumeAt returns the name of the volume that is mounted there.
func volumeAt(c *corev1.Container, path string) string {
	for _, mount := range c.VolumeMounts {
		if mount.MountPath == path {
			return mount.Name
		}
	}
	return ""
}
