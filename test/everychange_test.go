package test

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// operation is one of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// operations returns a JSON patch of these operations.
func operations(texts ...string) client.Patch {
	return client.RawPatch(types.JSONPatchType, []byte("["+strings.Join(texts, ",")+"]"))
}

// everyChange returns, for each field and element of a value, the operation that
// removes it and one that replaces it by another of its type.
func everyChange(path string, value any) []operation {
	escape := strings.NewReplacer("~", "~0", "/", "~1") // RFC 6901, section 3
	var all []operation
	below := func(path string, value any) {
		all = append(all, operation{Op: "remove", Path: path})
		all = append(all, everyChange(path, value)...)
	}
	replace := func(value any) { all = append(all, operation{"replace", path, value}) }
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			below(path+"/"+escape.Replace(key), member)
		}
	case []any:
		for i, element := range value {
			below(fmt.Sprint(path, "/", i), element)
		}
	case string:
		replace(value + "-other")
	case int64:
		replace(value + 1)
	case bool:
		replace(!value)
	}
	return all
}
