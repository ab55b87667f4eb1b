package test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

// BenchmarkAudit audits 10,000 injected Pods of 200 workloads, with 200 Services,
// and says how much memory the program takes at most.
func BenchmarkAudit(b *testing.B) {
	const workloads, replicas = 200, 50
	c := envtest.ForTest(b, envtest.Options{})
	config := c.Config()
	config.QPS = -1
	k8s, err := client.New(config, client.Options{})
	if err != nil {
		b.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "many", Labels: map[string]string{mutate.KeyMode: "pods", "istio-injection": "enabled"}}}
	if err := k8s.Create(b.Context(), namespace); err != nil {
		b.Fatal(err)
	}
	template := readPod(b, "../examples/pod-web-classic.yaml")
	create := make(chan client.Object)
	var clients sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		clients.Go(func() {
			for object := range create {
				if err := k8s.Create(b.Context(), object); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for w := range workloads {
		name := fmt.Sprint("web-", w)
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "many"}}
		service.Spec.Selector = map[string]string{"workload": name}
		service.Spec.Ports = []corev1.ServicePort{{Port: 80}}
		create <- service
		for r := range replicas {
			pod := template.DeepCopy()
			pod.Name, pod.Namespace = fmt.Sprint(name, "-", r), "many"
			pod.Labels["workload"] = name
			pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: name, UID: "0a", Controller: new(true)}}
			create <- pod
		}
	}
	close(create)
	clients.Wait()
	binary := buildProgram(b)
	var most int64
	for b.Loop() {
		command := exec.Command(binary, "audit", "--kubeconfig", c.Kubeconfig(), "-n", "many", "-o", "json")
		command.Stdout, command.Stderr = io.Discard, os.Stderr
		if err := command.Run(); err != nil {
			b.Fatal(err)
		}
		if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
			most = max(most, usage.Maxrss)
		}
	}
	b.ReportMetric(float64(most)/1024, "MiB-at-most")
}

func readPod(b *testing.B, file string) *corev1.Pod {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var pod corev1.Pod
	if err := yaml.UnmarshalStrict(data, &pod); err != nil {
		b.Fatalf("%s: %v", file, err)
	}
	return &pod
}
