package main

import (
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// meshedWorkload is a Pod, or what makes Pods, of a mesh that is not known to be
// dual-stack. A Service in front of it must not become dual-stack, whatever its namespace
// says of itself.
type meshedWorkload struct {
	namespace string
	labels    map[string]string
	meshes    []string
}

// meshedWorkloads are those in the manifests, by each of their labels: what a Service
// selects has all of its selector's.
type meshedWorkloads map[label][]*meshedWorkload

type label struct{ namespace, key, value string }

func (m meshedWorkloads) add(w *meshedWorkload) {
	for key, value := range w.labels {
		l := label{w.namespace, key, value}
		m[l] = append(m[l], w)
	}
}

// behind returns the meshes of the workloads that a Service selects; none if it selects by
// no label.
func (m meshedWorkloads) behind(namespace string, selector map[string]string) []string {
	var candidates []*meshedWorkload
	for key, value := range selector {
		found := m[label{namespace, key, value}]
		if len(found) == 0 {
			return nil
		}
		if candidates == nil || len(found) < len(candidates) {
			candidates = found
		}
	}
	var meshes []string
	for _, w := range candidates {
		if selects(selector, w.labels) {
			meshes = append(meshes, w.meshes...)
		}
	}
	slices.Sort(meshes)
	return slices.Compact(meshes)
}

// readMeshed reads the workloads among the documents, before anything is decided: the
// order of documents and of files does not matter.
func readMeshed(files []*file, n namespaces) meshedWorkloads {
	var all []pendingMeshed
	for _, f := range files {
		for _, document := range f.documents {
			if mayHoldPods(document) {
				all = append(all, pendingMeshed{Document: document})
			}
		}
	}
	concurrently(all, func(p *pendingMeshed) { p.read(n) })
	meshed := meshedWorkloads{}
	for _, p := range all {
		for i := range p.found {
			meshed.add(&p.found[i])
		}
	}
	return meshed
}

// mayHoldPods reports whether a Pod's containers are in the text, or could be, written
// with escapes.
func mayHoldPods(document manifest.Document) bool {
	return strings.Contains(document.Text, "ontainers") || strings.Contains(document.Text, `\`)
}

// pendingMeshed is a document that is looked through.
type pendingMeshed struct {
	manifest.Document
	found []meshedWorkload
}

// read finds the workloads. What cannot be read is left to the decisions, which say so.
func (p *pendingMeshed) read(n namespaces) {
	parts, _ := inParts(p.Document, func(part manifest.Document) ([]meshedWorkload, error) {
		parsed, err := part.Parse()
		if err != nil {
			return nil, err
		}
		var found []meshedWorkload
		for _, object := range parsed.Objects() {
			if w, ok := readWorkload(object, n); ok {
				found = append(found, w)
			}
		}
		return found, nil
	})
	for _, found := range parts {
		p.found = append(p.found, found...)
	}
}

// podPointer returns where in the object a Pod is, or would be: most custom kinds of
// workload have the template where Kubernetes' own do.
func podPointer(object manifest.Object) string {
	pointer, ok := object.PodTemplate()
	switch {
	case ok:
		return pointer
	case object.APIVersion == "v1" && object.Kind == "Pod":
		return ""
	default:
		return "/spec/template"
	}
}

// readWorkload returns what the object makes Pods of; false if that is in no mesh, or is
// no workload.
func readWorkload(object manifest.Object, n namespaces) (meshedWorkload, bool) {
	pod, err := view[mutate.PodView](object, podPointer(object))
	if err != nil || pod.Metadata == nil {
		return meshedWorkload{}, false
	}
	meshes := n.of(object).policy.MeshesOfPods(pod)
	return meshedWorkload{n.name(object.Namespace), pod.Metadata.Labels, meshes}, len(meshes) > 0
}

// selects reports whether a Service's selector selects Pods with these labels.
func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if got, ok := labels[key]; !ok || got != value {
			return false
		}
	}
	return true
}
