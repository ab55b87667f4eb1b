package test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/audit/collect"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/test/envtest"
)

// TestAudit looks at clusters with dualstack audit.
func TestAudit(t *testing.T) {
	c := startCluster(t, envtest.Options{})
	c.namespace(t, "istio-system", nil, nil)
	c.istiod(t, "default", "true")
	c.createAll(t, "testdata/audit/cluster.yaml")
	t.Run("Istio:absent", c.testAuditWithoutIstio)
	c.installIstio(t)
	c.createAll(t, "testdata/audit/istio.yaml")
	t.Run("Outputs", c.testAuditOutputs)
	t.Run("Rights:few", c.testAuditRights)
	t.Run("Rights:none", c.testAuditWithoutRights)
}

// testAuditOutputs wants of a namespace with one of each finding what the files in
// testdata/audit say.
func (c *cluster) testAuditOutputs(t *testing.T) {
	for _, tc := range []struct{ output, file string }{
		{"table", "report.txt"}, {"json", "report.json"}, {"html", "report.html"},
	} {
		got, stderr, status := c.audit(t, c.Kubeconfig(), "-A", "-o", tc.output, "--exit-code")
		if status != 1 || stderr != "" {
			t.Errorf("dualstack audit -o %s = status %d, and says %q, want status 1 and nothing", tc.output, status, stderr)
		}
		checkGolden(t, filepath.Join("testdata/audit", tc.file), timeless(got))
	}
}

// testAuditWithoutIstio wants a cluster that does not know Istio's kinds to be
// audited without a word about them.
func (c *cluster) testAuditWithoutIstio(t *testing.T) {
	got, stderr, status := c.audit(t, c.Kubeconfig(), "-n", "shop")
	if status != 0 || stderr != "" || strings.Contains(got, "Gateway") {
		t.Errorf("dualstack audit = status %d, says %q, and prints\n%s\nwant status 0 and nothing about Gateways", status, stderr, got)
	}
}

// testAuditRights gives a user the rights to read the Pods and Services of one
// namespace. What the user may not read is said, and the rest as always.
func (c *cluster) testAuditRights(t *testing.T) {
	kubeconfig := c.reader(t, "reader",
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get"}, ResourceNames: []string{"shop"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods", "services"}, Verbs: []string{"list"}},
	)
	got, stderr, status := c.audit(t, kubeconfig, "-n", "shop", "--exit-code")
	if status != 1 || stderr != "" {
		t.Errorf("dualstack audit = status %d, and says %q, want status 1 and nothing", status, stderr)
	}
	checkGolden(t, "testdata/audit/forbidden.txt", got)
}

// testAuditWithoutRights wants a user who may read nothing to be told so.
func (c *cluster) testAuditWithoutRights(t *testing.T) {
	kubeconfig := c.reader(t, "nobody")
	for _, where := range []string{"--namespace=shop", "-A"} {
		got, _, status := c.audit(t, kubeconfig, where, "--exit-code")
		if status != 1 || !regexp.MustCompile(`(?m)^blocked +Namespace\S* +forbidden `).MatchString(got) {
			t.Errorf("dualstack audit %s = status %d, and prints\n%s\nwant status 1 and a finding that namespaces may not be read", where, status, got)
		}
	}
}

// reader returns the kubeconfig of a user with these rights in the cluster.
func (c *cluster) reader(t *testing.T, name string, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
	}
	for _, object := range []client.Object{role, binding} {
		if err := c.client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig, err := c.User(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) > 0 {
		identity := clientOf(t, kubeconfig)
		await(t, "the rights", func() bool { return identity.List(t.Context(), &corev1.PodList{}) == nil })
	}
	return kubeconfig
}

// TestAuditExpired has the API server forget the state of a list in the middle of
// it, which it does sooner without its snapshots. The audit goes on with what there
// is, and says so.
func TestAuditExpired(t *testing.T) {
	c := startBare(t, envtest.Options{FeatureGates: []string{"ListFromCacheSnapshot=false"}})
	const pods = 300
	c.namespace(t, "many", map[string]string{mutate.KeyMode: "pods"}, nil)
	for i := range pods {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("web-", i), Namespace: "many"}}
		pod.Spec.Containers = []corev1.Container{{Name: "web", Image: "web"}}
		if err := c.client.Create(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
	}
	pages := 0
	report, err := collect.Collect(t.Context(), collect.Options{
		Client: c.client, Namespace: "many",
		Policy: func(metav1.ObjectMeta) mutate.Policy { return mutate.Policy{Mode: mutate.ModePods} },
		Progress: func(kind string, _ int) {
			if kind != "Pod" {
				return
			}
			if pages++; pages > 1 {
				return
			}
			last := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "last", Namespace: "many"}}
			if err := errors.Join(c.client.Create(t.Context(), last), c.Compact(t.Context())); err != nil {
				t.Fatal(err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Namespaces[0].Pods.Total; got != pods || pages < 2 {
		t.Errorf("Pods = %d in %d pages, want %d in 2", got, pages, pods)
	}
	want := audit.Entry{Level: audit.Advice, Object: audit.Object{Kind: "Pod"}, Finding: audit.Finding{Code: audit.CodeNotConsistent}}
	if !slices.ContainsFunc(report.Findings, func(e audit.Entry) bool { return cmp.Equal(e, want) }) {
		t.Errorf("findings = %v, want %v among them", report.Findings, want)
	}
}

// audit runs dualstack audit with the rights of a kubeconfig.
func (c *cluster) audit(t *testing.T, kubeconfig string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	command := exec.Command(c.binary, append([]string{"audit", "--kubeconfig", kubeconfig}, args...)...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

// timeless returns a page with the same time as every other.
func timeless(page string) string {
	const moment = `<time datetime="2026-01-02T03:04:05Z">2 January 2026, 03:04 UTC</time>`
	return regexp.MustCompile(`<time datetime=.*</time>`).ReplaceAllLiteralString(page, moment)
}

// checkGolden wants got to be what is in the file.
func checkGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// createAll creates the objects in a file, in their order, with the status that it
// gives them.
func (c *cluster) createAll(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		object := &unstructured.Unstructured{}
		if err := errors.Join(err, yaml.Unmarshal(document, &object.Object)); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, document)
		}
		status, hasStatus := object.Object["status"]
		if err := c.client.Create(t.Context(), object); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, document)
		}
		if !hasStatus {
			continue
		}
		object.Object["status"] = status
		if err := c.client.Status().Update(t.Context(), object); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, document)
		}
	}
}

// installIstio gives the cluster the kinds of Istio, from the module of its API.
func (c *cluster) installIstio(t *testing.T) {
	t.Helper()
	directory, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "istio.io/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	c.createAll(t, filepath.Join(strings.TrimSpace(string(directory)), "kubernetes/customresourcedefinitions.gen.yaml"))
	await(t, "the kinds of Istio", func() bool {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("apiextensions.k8s.io/v1")
		list.SetKind("CustomResourceDefinitionList")
		if err := c.client.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		for _, crd := range list.Items {
			if !established(&crd) {
				return false
			}
		}
		return len(list.Items) > 0
	})
}

// established reports whether the API server serves a kind.
func established(crd *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, condition := range conditions {
		if c, _ := condition.(map[string]any); c["type"] == "Established" && c["status"] == "True" {
			return true
		}
	}
	return false
}
