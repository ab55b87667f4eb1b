package mutate_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// TestTypedViews holds that a view of a typed object has every field that a view
// of its JSON has. A field that is added to a view is filled here by itself.
func TestTypedViews(t *testing.T) {
	t.Run("Pod", func(t *testing.T) { checkTyped(t, mutate.PodViewOf) })
	t.Run("Service", func(t *testing.T) { checkTyped(t, mutate.ServiceViewOf) })
}

func checkTyped[V, O any](t *testing.T, viewOf func(*O) *V) {
	t.Helper()
	want := new(V)
	fill(t, reflect.ValueOf(want).Elem(), "")
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	object := new(O)
	if err := json.Unmarshal(data, object); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, viewOf(object)); diff != "" {
		t.Errorf("the view of the typed object (-of JSON +typed):\n%s", diff)
	}
}

// fill gives every field of v a value of its own, and every list two elements.
func fill(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, path+"(key)")
		fill(t, value, path+"(value)")
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(path)
		if path == ".Metadata.DeletionTimestamp" { // A time in the typed object.
			v.SetString("2026-11-27T12:34:56Z")
		}
	default:
		t.Fatalf("%s is of the kind %s, which this test does not know how to fill", path, v.Kind())
	}
}

// TestTypedViewsOfNothing holds that what an object does not have its view does
// not have either.
func TestTypedViewsOfNothing(t *testing.T) {
	pod := mutate.PodView{Metadata: &mutate.MetadataView{}, Spec: &mutate.PodSpecView{}}
	if diff := cmp.Diff(&pod, mutate.PodViewOf(&corev1.Pod{})); diff != "" {
		t.Errorf("PodViewOf() of an empty Pod (-want +got):\n%s", diff)
	}
	service := mutate.ServiceView{Metadata: &mutate.MetadataView{}, Spec: &mutate.ServiceSpecView{}}
	if diff := cmp.Diff(&service, mutate.ServiceViewOf(&corev1.Service{})); diff != "" {
		t.Errorf("ServiceViewOf() of an empty Service (-want +got):\n%s", diff)
	}
}
