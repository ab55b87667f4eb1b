package chart

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// fields are the values of all objects by their paths, which begin with kind and
// name. Elements of a list are found by their names.
type fields map[string]string

func fieldsOf(objects []*unstructured.Unstructured) fields {
	f := fields{}
	for _, object := range objects {
		f.add(object.GetKind()+"/"+object.GetName()+" ", object.Object)
	}
	return f
}

func (f fields) add(path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		if len(value) == 0 {
			f[path] = "{}"
		}
		for key, member := range value {
			f.add(path+"."+key, member)
		}
	case []any:
		for i, element := range value {
			f.add(fmt.Sprintf("%s[%s]", path, elementName(i, element)), element)
		}
	case string:
		f.addText(path, value)
	default:
		f[path] = fmt.Sprint(value)
	}
}

// addText looks into a file that is a document itself.
func (f fields) addText(path, text string) {
	var document map[string]any
	if strings.HasSuffix(path, ".yaml") && yaml.Unmarshal([]byte(text), &document) == nil {
		f.add(path, document)
		return
	}
	f[path] = strings.ReplaceAll(text, "\n", "\\n")
}

// elementName returns an element's name. An argument has the name of its flag.
func elementName(i int, element any) string {
	switch element := element.(type) {
	case map[string]any:
		for _, key := range []string{"name", "alert"} {
			if name, ok := element[key].(string); ok {
				return name
			}
		}
	case string:
		if flag, _, ok := strings.Cut(element, "="); ok && strings.HasPrefix(flag, "--") {
			return flag
		}
	}
	return fmt.Sprint(i)
}

// changes returns a line for each field that differs, in the order of the paths,
// and one for each object that is gone. Of a new object it leaves out what all
// objects have, and of a dashboard the text.
func changes(before, after fields) string {
	paths := maps.Clone(before)
	maps.Copy(paths, after)
	was, is := before.objects(), after.objects()
	lines := map[string]bool{}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		old, had := before[path]
		now, has := after[path]
		object, field, _ := strings.Cut(path, " .")
		switch {
		case old == now && had == has:
			continue
		case !is[object]:
			if !lines[object] {
				fmt.Fprintf(&b, "- %s\n", object)
			}
			lines[object] = true
			continue
		case !was[object] && common(field):
			continue
		case strings.HasSuffix(path, ".json"):
			now = "(a dashboard)"
		}
		if had {
			fmt.Fprintf(&b, "- %s %s: %s\n", object, field, old)
		}
		if has {
			fmt.Fprintf(&b, "+ %s %s: %s\n", object, field, now)
		}
	}
	return b.String()
}

// objects returns the objects that have fields.
func (f fields) objects() map[string]bool {
	objects := map[string]bool{}
	for path := range f {
		object, _, _ := strings.Cut(path, " .")
		objects[object] = true
	}
	return objects
}

// common reports whether a field is in every object alike.
func common(field string) bool {
	return slices.Contains([]string{"kind", "metadata.name", "metadata.namespace"}, field) ||
		strings.HasPrefix(field, "metadata.labels.app.kubernetes.io/") || strings.HasPrefix(field, "metadata.labels.helm.sh/")
}
