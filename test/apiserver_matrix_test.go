package test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/mutate"
)

// testMatrix creates every Service there is, with every setting, and without
// us. Nothing is stored. What it holds for each cell:
//
//   - what the API server accepts without us it accepts with us;
//   - what is stored is what the API server stores for the Service that the
//     table promises, and nothing else;
//   - cluster IPs that are named, and the primary family, stay;
//   - what is stored, created again, changes no more.
func (c *cluster) testMatrix(t *testing.T, known mutate.State) {
	c.serve(t)
	m := newMatrix(t, c, "plain-"+known.String())
	for _, s := range settings() {
		t.Run("Setting:"+s.name, func(t *testing.T) { m.testSetting(t, s, known) })
	}
	t.Run("Pairwise", func(t *testing.T) { m.testPairwise(t, known) })
	t.Logf("%d cells: %d Services with %d settings, on a cluster that is %s", m.tested, len(m.cells), len(settings()), known)
}

// matrix is the cells, and what becomes of them without us.
type matrix struct {
	*cluster
	unlimited client.Client
	cells     []cell
	without   map[cell]outcome
	tested    int
}

// outcome is what becomes of a Service.
type outcome struct {
	object *unstructured.Unstructured // nil for one that is rejected
	err    error
}

func newMatrix(t *testing.T, c *cluster, plain string) *matrix {
	t.Helper()
	config := c.Config()
	config.QPS, config.WarningHandler = -1, rest.NoWarnings{}
	unlimited, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &matrix{cluster: c, unlimited: unlimited, cells: cells(), without: map[cell]outcome{}}
	c.namespace(t, plain, nil, nil)
	for i, o := range m.admit(t, plain, m.objects()) {
		m.without[m.cells[i]] = o
	}
	return m
}

func (m *matrix) objects() []map[string]any {
	objects := make([]map[string]any, len(m.cells))
	for i, cell := range m.cells {
		objects[i] = cell.object("web", 0)
	}
	return objects
}

// admit creates objects without storing them, a few at a time; nil is skipped.
func (m *matrix) admit(t *testing.T, namespace string, objects []map[string]any) []outcome {
	t.Helper()
	outcomes := make([]outcome, len(objects))
	next := make(chan int)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range next {
				u := (&unstructured.Unstructured{Object: objects[i]}).DeepCopy()
				u.SetNamespace(namespace)
				if err := m.unlimited.Create(t.Context(), u, client.DryRunAll); err != nil {
					outcomes[i].err = err
				} else {
					outcomes[i].object = u
				}
			}
		})
	}
	for i, object := range objects {
		if object != nil {
			next <- i
		}
	}
	close(next)
	workers.Wait()
	for _, o := range outcomes {
		if o.err != nil && !apierrors.IsInvalid(o.err) {
			t.Fatalf("create = %v, want success or Invalid", o.err)
		}
	}
	return outcomes
}

func (m *matrix) testSetting(t *testing.T, s setting, known mutate.State) {
	namespace := "matrix-" + s.name + "-" + known.String()
	m.namespace(t, namespace, applied, s.annotations)
	with := m.admit(t, namespace, m.objects())
	exports := export(with)
	again := m.admit(t, namespace, exports)
	for i, cell := range m.cells {
		m.tested++
		t.Run(cell.String(), func(t *testing.T) {
			m.check(t, cell, cell.promise(s, known), with[i])
			if exports[i] != nil {
				checkAgain(t, exports[i], again[i])
			}
		})
	}
}

// check holds an outcome against what becomes of the cell, and of the one that
// is promised, without us.
func (m *matrix) check(t *testing.T, c, promised cell, got outcome) {
	t.Helper()
	without, want := m.without[c], m.without[promised]
	if without.err == nil && got.err != nil {
		t.Fatalf("accepted without us, and with us: %v", got.err)
	}
	if (got.err == nil) != (want.err == nil) {
		t.Fatalf("create = %v, want %v as for %s", got.err, want.err, promised)
	}
	if got.err != nil {
		return
	}
	if status := got.object.GetAnnotations()[mutate.KeyStatus]; status != c.status(promised) {
		t.Errorf("status = %q, want %q", status, c.status(promised))
	}
	if diff := cmp.Diff(withoutStatus(want.object), withoutStatus(got.object)); diff != "" {
		t.Errorf("stored (-%s without us, +with us):\n%s", promised, diff)
	}
	if without.err == nil && promised.families == c.families {
		before, after := list(without.object, "ipFamilies"), list(got.object, "ipFamilies")
		if len(before) > 0 && before[0] != after[0] {
			t.Errorf("primary family = %s, want %s as without us", after[0], before[0])
		}
	}
	for i, ip := range list(&unstructured.Unstructured{Object: c.object("web", 0)}, "clusterIPs") {
		if after := list(got.object, "clusterIPs"); after[i] != ip {
			t.Errorf("clusterIPs = %v, want %s at %d as its author says", after, ip, i)
		}
	}
}

// checkAgain holds what became of a stored object that is created again.
func checkAgain(t *testing.T, first map[string]any, second outcome) {
	t.Helper()
	if second.err != nil {
		t.Fatalf("creating what was stored = %v, want nil", second.err)
	}
	if diff := cmp.Diff(first, exported(second.object)); diff != "" {
		t.Errorf("created again (-first +second):\n%s", diff)
	}
}

// export returns what was stored as somebody would create it again; nil for
// what was rejected.
func export(outcomes []outcome) []map[string]any {
	objects := make([]map[string]any, len(outcomes))
	for i, o := range outcomes {
		if o.err == nil {
			objects[i] = exported(o.object)
		}
	}
	return objects
}

// exported returns an object without what a creation makes anew. Where nothing
// is stored the API server allocates the first address of a range, which nobody
// may name: k8s.io/kubernetes/pkg/registry/core/service/ipallocator. So another
// takes its place.
func exported(object *unstructured.Unstructured) map[string]any {
	o := object.DeepCopy()
	for _, field := range []string{"uid", "creationTimestamp", "managedFields"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	spec, _ := o.Object["spec"].(map[string]any)
	allocated := map[any]any{"10.96.0.0": "10.96.77.8", "fd00:10:96::": "fd00:10:96::7708"}
	ips, _ := spec["clusterIPs"].([]any)
	for i, ip := range ips {
		if other, ok := allocated[ip]; ok {
			ips[i] = other
		}
		spec["clusterIP"] = ips[0]
	}
	return o.Object
}

// withoutStatus returns what is stored, but for our annotation.
func withoutStatus(object *unstructured.Unstructured) map[string]any {
	o := object.DeepCopy()
	unstructured.RemoveNestedField(o.Object, "metadata", "annotations", mutate.KeyStatus)
	if len(o.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations")
	}
	return stored(o)
}

// list returns a list of strings in a spec.
func list(object *unstructured.Unstructured, field string) []string {
	values, _, _ := unstructured.NestedStringSlice(object.Object, "spec", field)
	return values
}
