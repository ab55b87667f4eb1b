package sidecar

import "encoding/json"

// Overrides is an annotation in which injection keeps what the author of a Pod
// set in the sidecar's containers. It follows that once: when another webhook
// changes the Pod and injection is called again, what the author set is lost where
// the template sets it too. The zero Overrides is none.
type Overrides struct {
	// Annotation is its key; its value is JSON.
	Annotation string `json:"annotation"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// In reports whether a Pod has them.
func (o Overrides) In(annotations map[string]string) bool {
	_, ok := annotations[o.Annotation]
	return ok && o.Annotation != ""
}

// SetUser reports whether the author set the user or the group of a container: a
// proxy that runs as another than the one whose traffic is let through captures
// its own. What cannot be read may set it.
func (o Overrides) SetUser(annotations map[string]string) bool {
	if !o.In(annotations) {
		return false
	}
	type container struct {
		SecurityContext struct {
			RunAsUser  *int64 `json:"runAsUser"`
			RunAsGroup *int64 `json:"runAsGroup"`
		} `json:"securityContext"`
	}
	var kept struct {
		Containers     []container `json:"containers"`
		InitContainers []container `json:"initContainers"`
	}
	if json.Unmarshal([]byte(annotations[o.Annotation]), &kept) != nil {
		return true
	}
	for _, c := range append(kept.Containers, kept.InitContainers...) {
		if c.SecurityContext.RunAsUser != nil || c.SecurityContext.RunAsGroup != nil {
			return true
		}
	}
	return false
}
