package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// namespaces are the policies of the namespaces that the manifests have.
type namespaces struct {
	known    map[string]mutate.Policy
	fallback string // the namespace of objects that name none
	unknown  mutate.Policy
	// meshed are the workloads of meshes that are not known to be dual-stack.
	meshed meshedWorkloads
}

// name returns the namespace of an object that names this one, or, as kubectl has it,
// none.
func (n namespaces) name(namespace string) string { return cmp.Or(namespace, n.fallback) }

// place is where an object is, and what holds there.
type place struct {
	namespace string
	policy    mutate.Policy
}

// of returns the place of an object. A namespace that the manifests do not have is one
// that has opted in.
func (n namespaces) of(object manifest.Object) place {
	namespace := n.name(object.Namespace)
	if policy, ok := n.known[namespace]; ok {
		return place{namespace, policy}
	}
	return place{namespace, n.unknown}
}

// put lets an object be in the place that names no namespace itself, and the Pod of a
// template in that of its workload.
func (p place) put(metadata *mutate.MetadataView) {
	if metadata != nil {
		metadata.Namespace = p.namespace
	}
}

// readNamespaces reads the Namespaces among the documents. Of two with one
// name the later holds, as when both are applied.
func readNamespaces(files []*file, defaults mutate.Policy, fallback string) (namespaces, error) {
	read := namespaces{known: map[string]mutate.Policy{}, fallback: fallback, unknown: defaults}
	read.unknown.Mode = mutate.ModeApply
	var errs []error
	for _, f := range files {
		for _, document := range f.documents {
			if !mayHoldNamespace(document) {
				continue
			}
			// What cannot be read is left to the decisions, which say so.
			parts, _ := inParts(document, func(part manifest.Document) (foundNamespaces, error) {
				return findNamespaces(part, defaults)
			})
			for _, found := range parts {
				maps.Copy(read.known, found.policies)
				for _, err := range found.errs {
					errs = append(errs, f.locate(document, err))
				}
			}
		}
	}
	return read, errors.Join(errs...)
}

// mayHoldNamespace reports whether the kind is in the text, or could be, written
// with escapes.
func mayHoldNamespace(document manifest.Document) bool {
	return strings.Contains(document.Text, "Namespace") || strings.Contains(document.Text, `\`)
}

// foundNamespaces are the policies of the Namespaces in a document, and what is
// wrong with those that are wrong.
type foundNamespaces struct {
	policies map[string]mutate.Policy
	errs     []error
}

func findNamespaces(document manifest.Document, defaults mutate.Policy) (foundNamespaces, error) {
	parsed, err := document.Parse()
	if err != nil {
		return foundNamespaces{}, err
	}
	found := foundNamespaces{policies: map[string]mutate.Policy{}}
	for _, object := range parsed.Objects() {
		if object.APIVersion != "v1" || object.Kind != "Namespace" {
			continue
		}
		policy, err := policyOf(object, defaults)
		if err != nil {
			found.errs = append(found.errs, err)
		}
		found.policies[object.Name] = policy
	}
	return found, nil
}

// policyOf returns the policy of a Namespace.
func policyOf(namespace manifest.Object, defaults mutate.Policy) (mutate.Policy, error) {
	metadata, err := view[mutate.MetadataView](namespace, "/metadata")
	if err != nil {
		return mutate.Policy{}, err
	}
	policy := defaults.WithNamespace(metadata.Labels, metadata.Annotations)
	if label := metadata.Labels[mutate.KeyMode]; label != "" {
		if policy.Mode, err = mutate.ParseMode(label); err != nil {
			return mutate.Policy{}, fmt.Errorf("line %d: Namespace %s: label %s: %w", namespace.Line, namespace.Name, mutate.KeyMode, err)
		}
	}
	return policy, nil
}
