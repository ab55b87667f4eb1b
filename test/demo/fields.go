package main

import (
	"fmt"
	"maps"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fields are the values of an object by their paths. Elements of a list are
// found by their names, so that two objects compare whatever their order.
type fields map[string]string

// incidental fields differ between any two objects.
var incidental = [][]string{
	{"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"},
	{"metadata", "creationTimestamp"},
	{"metadata", "managedFields"},
	{"metadata", "namespace"},
	{"metadata", "resourceVersion"},
	{"metadata", "uid"},
	{"spec", "healthCheckNodePort"},
	{"status"},
}

func fieldsOf(object map[string]any) fields {
	for _, path := range incidental {
		unstructured.RemoveNestedField(object, path...)
	}
	f := fields{}
	f.add("", object)
	return f
}

func (f fields) add(path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			f.add(join(path, key), member)
		}
	case []any:
		f.addList(path, value)
	default:
		f[path] = describe(path, value)
	}
}

func (f fields) addList(path string, list []any) {
	var scalars []string
	for i, element := range list {
		object, isObject := element.(map[string]any)
		if !isObject {
			scalars = append(scalars, describe(path, element))
			continue
		}
		name, named := object["name"].(string)
		if !named {
			name = fmt.Sprint(i)
		}
		f.addElement(fmt.Sprintf("%s[%s]", path, name), object)
	}
	if len(scalars) > 0 {
		f[path] = strings.Join(scalars, ",")
	}
}

// addElement leaves out the name, which the path says.
func (f fields) addElement(path string, element map[string]any) {
	members := maps.Clone(element)
	delete(members, "name")
	if len(members) == 0 {
		f[path] = "(empty)"
	}
	f.add(path, members)
}

// join leaves out what goes without saying.
func join(path, key string) string {
	switch {
	case path == "":
		return key
	case key == "value":
		return path
	default:
		return path + "." + key
	}
}

// describe prints a value. What the API server allocates is described, because
// it differs from object to object: an address by its family.
func describe(path string, value any) string {
	text := fmt.Sprint(value)
	if strings.HasSuffix(path, "nodePort") {
		return "<port>"
	}
	if !strings.HasPrefix(path, "spec.clusterIP") {
		return text
	}
	address, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return text
	case address.Is4():
		return "<IPv4>"
	default:
		return "<IPv6>"
	}
}
