package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
)

// namespaces are the policies of the namespaces that the manifests have.
type namespaces struct {
	known    map[string]mutate.Policy
	fallback string // the namespace of objects that name none
	unknown  mutate.Policy
}

// of returns the policy of a namespace. One that the manifests do not have is
// one that has opted in.
func (n namespaces) of(namespace string) mutate.Policy {
	if namespace == "" {
		namespace = n.fallback
	}
	if policy, ok := n.known[namespace]; ok {
		return policy
	}
	return n.unknown
}

// readNamespaces reads the Namespaces among the documents. Of two with one
// name the later holds, as when both are applied.
func readNamespaces(files []*file, defaults mutate.Policy, fallback string) (namespaces, error) {
	found := namespaces{known: map[string]mutate.Policy{}, fallback: fallback, unknown: defaults}
	found.unknown.Mode = mutate.ModeApply
	var errs []error
	for _, f := range files {
		for _, document := range f.documents {
			if !mayHoldNamespace(document) {
				continue
			}
			if err := found.read(document, defaults); err != nil {
				errs = append(errs, f.locate(document, err))
			}
		}
	}
	return found, errors.Join(errs...)
}

// mayHoldNamespace reports whether the kind is in the text, or could be, written
// with escapes.
func mayHoldNamespace(document manifest.Document) bool {
	return strings.Contains(document.Text, "Namespace") || strings.Contains(document.Text, `\`)
}

// read adds the policies of the Namespaces in a document. One that cannot be
// read is left to the decisions, which say so.
func (n namespaces) read(document manifest.Document, defaults mutate.Policy) error {
	parsed, err := document.Parse()
	if err != nil {
		return nil //nolint:nilerr // See above.
	}
	for _, object := range parsed.Objects() {
		if object.APIVersion != "v1" || object.Kind != "Namespace" {
			continue
		}
		metadata, err := view[mutate.MetadataView](object, "/metadata")
		if err != nil {
			return err
		}
		label := metadata.Labels[mutate.KeyMode]
		policy := defaults.WithNamespace(metadata.Labels, metadata.Annotations)
		if label != "" {
			if policy.Mode, err = mutate.ParseMode(label); err != nil {
				return fmt.Errorf("line %d: Namespace %s: label %s: %w", object.Line, object.Name, mutate.KeyMode, err)
			}
		}
		n.known[object.Name] = policy
	}
	return nil
}
