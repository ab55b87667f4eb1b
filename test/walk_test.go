package test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestWalk takes a namespace all the way and back, as docs/tutorials/first-namespace.md
// says, and wants the page to show what was printed. What nodes and controllers do
// beside the API server is played.
func TestWalk(t *testing.T) {
	c := startCluster(t, envtest.Options{})
	c.patient(t)
	c.namespace(t, "istio-system", nil, nil)
	c.istiod(t, "default", "true")
	c.serve(t)
	const page = "../docs/tutorials/first-namespace.md"
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.Join([]string{filepath.Dir(c.binary), filepath.Dir(c.Kubectl()), os.Getenv("PATH")}, string(os.PathListSeparator))
	deployments := deploymentController{cluster: c, namespace: "shop", templates: map[string][]string{}}
	got := reader{
		directory: t.TempDir(),
		env:       []string{"PATH=" + path, "KUBECONFIG=" + c.Kubeconfig()},
		meanwhile: func() { deployments.reconcile(t) },
	}.follow(t, string(want))
	checkPage(t, page, string(want), got)
	c.checkWalked(t)
}

// checkWalked wants nothing of us to be left at the end of the page, whatever it
// shows.
func (c *cluster) checkWalked(t *testing.T) {
	t.Helper()
	var pods corev1.PodList
	var services corev1.ServiceList
	for _, list := range []client.ObjectList{&pods, &services} {
		if err := c.client.List(t.Context(), list, client.InNamespace("shop")); err != nil {
			t.Fatal(err)
		}
	}
	for _, pod := range pods.Items {
		if slices.ContainsFunc(pod.Spec.Containers[1].Env, func(v corev1.EnvVar) bool { return v.Name == "ISTIO_DUAL_STACK" }) {
			t.Errorf("Pod %s has ISTIO_DUAL_STACK", pod.Name)
		}
	}
	for _, service := range services.Items {
		if families := service.Spec.IPFamilies; len(families) != 1 || len(service.Annotations) > 1 {
			t.Errorf("Service %s has the families %v and the annotations %v, want one family, and what kubectl applied", service.Name, families, service.Annotations)
		}
	}
	if len(pods.Items) == 0 || len(services.Items) == 0 {
		t.Errorf("the namespace has %d Pods and %d Services, want some of each", len(pods.Items), len(services.Items))
	}
}

// deploymentController plays what is not there: the controllers of Deployments and of
// ReplicaSets, Istio's injector, and the kubelets.
type deploymentController struct {
	*cluster
	namespace string
	// templates are those of each Deployment, in the order of its revisions.
	templates map[string][]string
}

// reconcile has each Deployment have the Pods of its template, and no others.
func (d deploymentController) reconcile(t *testing.T) {
	t.Helper()
	var deployments appsv1.DeploymentList
	if err := d.client.List(t.Context(), &deployments, client.InNamespace(d.namespace)); err != nil {
		t.Fatal(err)
	}
	for i := range deployments.Items {
		deployment := &deployments.Items[i]
		template, err := yaml.Marshal(deployment.Spec.Template)
		if err != nil {
			t.Fatal(err)
		}
		if known := d.templates[deployment.Name]; !slices.Contains(known, string(template)) {
			d.templates[deployment.Name] = append(known, string(template))
			d.rollOut(t, deployment, len(known))
		}
	}
}

// rollOut replaces the Pods of a Deployment.
func (d deploymentController) rollOut(t *testing.T, deployment *appsv1.Deployment, revision int) {
	t.Helper()
	var old corev1.PodList
	if err := d.client.List(t.Context(), &old, client.InNamespace(d.namespace), client.MatchingLabels(deployment.Spec.Selector.MatchLabels)); err != nil {
		t.Fatal(err)
	}
	hash := fmt.Sprintf("%d5f8c7b9c", revision+6)
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Name: deployment.Name + "-" + hash, Namespace: d.namespace,
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(deployment, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
	}}
	set.Spec.Selector, set.Spec.Template = deployment.Spec.Selector, deployment.Spec.Template
	if err := d.client.Create(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	for i := range *deployment.Spec.Replicas {
		d.run(t, injected(set, fmt.Sprintf("%s-%s%d", set.Name, "x2x7", i)))
	}
	for i := range old.Items {
		if err := d.client.Delete(t.Context(), &old.Items[i], client.GracePeriodSeconds(0)); err != nil {
			t.Fatal(err)
		}
	}
	n := *deployment.Spec.Replicas
	deployment.Status = appsv1.DeploymentStatus{ObservedGeneration: deployment.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n}
	if err := d.client.Status().Update(t.Context(), deployment); err != nil {
		t.Fatal(err)
	}
}

// injected returns a Pod of the template as Istio's injector leaves it.
func injected(set *appsv1.ReplicaSet, name string) *corev1.Pod {
	const image = "docker.io/istio/proxyv2:1.31.0"
	pod := &corev1.Pod{ObjectMeta: *set.Spec.Template.ObjectMeta.DeepCopy(), Spec: *set.Spec.Template.Spec.DeepCopy()}
	pod.Name, pod.Namespace = name, set.Namespace
	pod.Annotations = map[string]string{"sidecar.istio.io/status": `{"initContainers":["istio-init"],"containers":["istio-proxy"],"revision":"default"}`}
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
	pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: "istio-init", Image: image, Args: []string{"istio-iptables"}})
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: image, Args: []string{"proxy", "sidecar"}})
	return pod
}

// run creates a Pod, and says what its kubelet would.
func (d deploymentController) run(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	if err := d.client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	pod.Status.PodIP = "10.244.0.7"
	pod.Status.PodIPs = []corev1.PodIP{{IP: "10.244.0.7"}, {IP: "fd00:10:244::7"}}
	if err := d.client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}
