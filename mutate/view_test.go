package mutate_test

import (
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestViewsNameFieldsOfCoreV1 keeps a view from naming a field that Kubernetes
// does not have, or reading it as something else: it would always be empty.
func TestViewsNameFieldsOfCoreV1(t *testing.T) {
	checkView(t, "Pod", reflect.TypeFor[mutate.PodView](), reflect.TypeFor[corev1.Pod]())
	checkView(t, "Service", reflect.TypeFor[mutate.ServiceView](), reflect.TypeFor[corev1.Service]())
}

func checkView(t *testing.T, path string, view, original reflect.Type) {
	t.Helper()
	view, original = pointee(view), pointee(original)
	if original == reflect.TypeFor[metav1.Time]() {
		original = reflect.TypeFor[string]() // in JSON
	}
	if view.Kind() != original.Kind() {
		t.Errorf("%s is read as a %s, want a %s", path, view.Kind(), original.Kind())
		return
	}
	switch view.Kind() {
	case reflect.Slice, reflect.Map:
		checkView(t, path+"[]", view.Elem(), original.Elem())
	case reflect.Struct:
		fields := fieldsByName(original)
		for name, field := range fieldsByName(view) {
			if fields[name] == nil {
				t.Errorf("%s.%s is read, want a field of %s", path, name, original)
				continue
			}
			checkView(t, path+"."+name, field, fields[name])
		}
	}
}

// fieldsByName returns the types of a struct's fields by their names in JSON.
func fieldsByName(structure reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for field := range structure.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = field.Type
	}
	return fields
}

func pointee(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
