package chart

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlenvtest "sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/dualstack-dev/webhook/test/envtest"
)

// server is a real API server, and a client whose objects may hold no field that
// it does not know.
type server struct{ client.Client }

// startServer starts an API server with the release's namespace, which enforces
// the Pod Security Standard restricted.
func startServer(t *testing.T) server {
	t.Helper()
	c := envtest.ForTest(t, envtest.Options{})
	installCRDs(t, c)
	k8s, err := client.New(c.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{}
	namespace.Name = envtest.Namespace
	namespace.Labels = map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
	if err := k8s.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return server{client.WithFieldValidation(k8s, metav1.FieldValidationStrict)}
}

// accepts asks for the objects without storing them, and for the Pod that the
// Deployment makes. Only one on the node's network may be forbidden, and is.
func (s server) accepts(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if err := s.Create(t.Context(), object.DeepCopy(), client.DryRunAll); err != nil {
			t.Errorf("creating the %s %s: %v", object.GetKind(), object.GetName(), err)
		}
		if object.GetKind() != "Deployment" {
			continue
		}
		pod := podOf(t, object)
		node, _, _ := unstructured.NestedBool(pod.Object, "spec", "hostNetwork")
		err := s.Create(t.Context(), pod, client.DryRunAll)
		if node != apierrors.IsForbidden(err) || (!node && err != nil) {
			t.Errorf("creating the Deployment's Pod = %v, want it forbidden: %v", err, node)
		}
	}
}

// podOf returns the Pod that a Deployment makes.
func podOf(t *testing.T, deployment *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	template, _, err := unstructured.NestedMap(deployment.Object, "spec", "template")
	if err != nil {
		t.Fatal(err)
	}
	pod := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(template)}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetNamespace(deployment.GetNamespace())
	pod.SetName(deployment.GetName())
	return pod
}

// installCRDs installs the real ones of cert-manager and of the Prometheus
// operator, from their modules.
func installCRDs(t *testing.T, c *envtest.ControlPlane) {
	t.Helper()
	certManager := filepath.Join(moduleDirectory(t, "github.com/cert-manager/cert-manager"), "deploy/crds/cert-manager.io_")
	prometheus := filepath.Join(moduleDirectory(t, "github.com/prometheus-operator/prometheus-operator"), "example/prometheus-operator-crd/monitoring.coreos.com_")
	paths := []string{
		certManager + "certificates.yaml", certManager + "issuers.yaml",
		prometheus + "prometheusrules.yaml", prometheus + "servicemonitors.yaml",
	}
	if _, err := ctrlenvtest.InstallCRDs(c.Config(), ctrlenvtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
}

// moduleDirectory returns where the go command keeps a module whose version
// tools/crds pins.
func moduleDirectory(t *testing.T, module string) string {
	t.Helper()
	command := exec.Command("go", "-C", "../../tools/crds", "mod", "download", module)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		t.Fatalf("downloading %s: %v", module, err)
	}
	out, err := exec.Command("go", "-C", "../../tools/crds", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("looking for %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}
