package sidecar

import (
	"encoding/json"
	"slices"
)

// Overrides is an annotation in which injection keeps what the author of a Pod
// set in the sidecar's containers. It follows that once: when another webhook
// changes the Pod and injection is called again, what the author set is lost where
// the template sets it too. The zero Overrides is none.
type Overrides struct {
	// Annotation is its key; its value is JSON.
	Annotation string `json:"annotation"`
	// User is the user and the group that the template sets.
	User int64 `json:"user"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// In reports whether a Pod has them.
func (o Overrides) In(annotations map[string]string) bool {
	_, ok := annotations[o.Annotation]
	return ok && o.Annotation != ""
}

// SetUser reports whether the author set another user or group for a container than
// the template: a proxy that runs as another than the one whose traffic is let
// through captures its own. What cannot be read may set it.
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
	another := func(id *int64) bool { return id != nil && *id != o.User }
	return slices.ContainsFunc(append(kept.Containers, kept.InitContainers...), func(c container) bool {
		return another(c.SecurityContext.RunAsUser) || another(c.SecurityContext.RunAsGroup)
	})
}
