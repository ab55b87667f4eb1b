package sidecar

import "encoding/json"

// Overrides is an annotation in which injection keeps what the author of a Pod
// set in the sidecar's containers. It follows that once: an injector that is
// called again, because another webhook has changed the Pod, resets all that its
// template sets too. The template is the operator's and cannot be seen, so any of
// it may be lost. The zero Overrides is none.
type Overrides struct {
	// Annotation is its key; its value is JSON.
	Annotation string `json:"annotation"`
	// Defaults are the values of a container's members that say nothing: injection
	// asks for them, or the API server fills them in before it.
	Defaults map[string]string `json:"defaults"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// maxOverrides is the length of the longest annotation that is looked into.
const maxOverrides = 64 << 10

// In reports whether the author of a Pod set anything. What cannot be read, and
// what is longer than 64 KiB, may be something.
func (o Overrides) In(annotations map[string]string) bool {
	text, ok := annotations[o.Annotation]
	if !ok || o.Annotation == "" {
		return false
	}
	var kept struct {
		Containers     []map[string]any `json:"containers"`
		InitContainers []map[string]any `json:"initContainers"`
	}
	if len(text) > maxOverrides || json.Unmarshal([]byte(text), &kept) != nil {
		return true
	}
	for _, container := range append(kept.Containers, kept.InitContainers...) {
		for member, value := range container {
			if member != "name" && o.says(member, value) {
				return true
			}
		}
	}
	return false
}

// says reports whether a value of a container's member says anything.
func (o Overrides) says(member string, value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case string:
		return value != "" && value != o.Defaults[member]
	case map[string]any:
		return len(value) > 0
	case []any:
		return len(value) > 0
	default:
		return true
	}
}
