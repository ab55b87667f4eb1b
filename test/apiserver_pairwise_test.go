package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/dualstack-dev/webhook/mutate"
)

// testPairwise stores Services until each two coordinates that an accepted one
// can have were met together. What a dry run promises is then what is stored,
// and an update that says the same changes nothing.
func (m *matrix) testPairwise(t *testing.T, known mutate.State) {
	met := map[string]bool{}
	stored := 0
	for _, s := range settings() {
		namespace := "pairwise-" + s.name + "-" + known.String()
		m.namespace(t, namespace, applied, s.annotations)
		for _, cell := range m.cells {
			promised := cell.promise(s, known)
			if m.without[promised].err != nil || !meets(met, cell, s) {
				continue
			}
			stored++
			t.Run(fmt.Sprintf("Setting:%s_%s", s.name, cell), func(t *testing.T) {
				m.store(t, namespace, cell, promised, 1000*int(known)+stored)
			})
		}
	}
	if stored < len(settings())*len([]string{"v4", "v6", "v4v6", "v6v4", "unset"}) && known == mutate.Enabled {
		t.Errorf("%d Services were stored, want at least one for each setting and list of families", stored)
	}
	t.Logf("%d Services stored, for %d pairs of coordinates", stored, len(met))
}

// meets marks the pairs of a cell, and reports whether one of them is new.
func meets(met map[string]bool, c cell, s setting) bool {
	coordinates := append(strings.Split(c.String(), "_"), "Setting:"+s.name)
	found := false
	for i, first := range coordinates {
		for _, second := range coordinates[i+1:] {
			pair := first + "_" + second
			found = found || !met[pair]
			met[pair] = true
		}
	}
	return found
}

func (m *matrix) createCell(t *testing.T, namespace string, c cell, number int) (*unstructured.Unstructured, error) {
	t.Helper()
	object := &unstructured.Unstructured{Object: c.object("web", number)}
	object.SetNamespace(namespace)
	return object, m.unlimited.Create(t.Context(), object)
}

// isTaken reports whether another Service has an address that is named:
// k8s.io/kubernetes/pkg/registry/core/service/ipallocator/interfaces.go.
func isTaken(err error) bool {
	return apierrors.IsInvalid(err) && strings.Contains(err.Error(), "provided IP is already allocated")
}

// store creates a Service, writes it back as it is, and deletes it. Each number
// is for one Service: the repair loop of the API server may take an address that
// was just released for one that is in use, and keep it for minutes:
// k8s.io/kubernetes/pkg/registry/core/service/ipallocator/controller.
func (m *matrix) store(t *testing.T, namespace string, c, promised cell, number int) {
	t.Helper()
	object, err := m.createCell(t, namespace, c, number)
	// The API server may have given the address to a Service that names none.
	const attempts, apart = 4, 5000
	for attempt := 1; attempt < attempts && isTaken(err); attempt++ {
		object, err = m.createCell(t, namespace, c, number+apart*attempt)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.unlimited.Delete(t.Context(), object); err != nil {
			t.Error(err)
		}
	}()
	if diff := cmp.Diff(withoutStatus(m.without[promised].object), withoutStatus(object)); diff != "" {
		t.Errorf("stored (-%s without us, +with us):\n%s", promised, diff)
	}
	version := object.GetResourceVersion()
	if err := m.unlimited.Update(t.Context(), object); err != nil {
		t.Fatalf("writing back what is stored = %v, want nil", err)
	}
	if object.GetResourceVersion() != version {
		t.Error("writing back what is stored changed it")
	}
}
