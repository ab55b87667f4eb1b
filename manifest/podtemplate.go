package manifest

import "strings"

// groupKind names what an object is, whatever version of it.
type groupKind struct {
	group, kind string
}

// podTemplates says where the built-in kinds keep a pod template.
var podTemplates = map[groupKind]string{
	{"", "PodTemplate"}:           "/template",
	{"", "ReplicationController"}: "/spec/template",
	{"apps", "DaemonSet"}:         "/spec/template",
	{"apps", "Deployment"}:        "/spec/template",
	{"apps", "ReplicaSet"}:        "/spec/template",
	{"apps", "StatefulSet"}:       "/spec/template",
	{"batch", "CronJob"}:          "/spec/jobTemplate/spec/template",
	{"batch", "Job"}:              "/spec/template",
	{"extensions", "DaemonSet"}:   "/spec/template",
	{"extensions", "Deployment"}:  "/spec/template",
	{"extensions", "ReplicaSet"}:  "/spec/template",
}

// PodTemplate returns the JSON Pointer of the pod template, below the object.
// It reports false for an object that has none: one of another kind, or one
// that leaves it out.
func (o Object) PodTemplate() (pointer string, ok bool) {
	group, _, ok := strings.Cut(o.APIVersion, "/")
	if !ok {
		group = ""
	}
	pointer, ok = podTemplates[groupKind{group, o.Kind}]
	if !ok || o.at(pointer) == nil {
		return "", false
	}
	return pointer, true
}
