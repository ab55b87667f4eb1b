package main

import (
	"errors"
	"fmt"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// decided is an object and the decision about it.
type decided struct {
	document              int // the first is 1
	line                  int
	kind, namespace, name string
	// path is that of the object in its document: "" unless it is in a List.
	path string
	answer
}

// decideAll decides about every object in files. The error joins what is wrong
// with each document.
func decideAll(files []*file, defaults mutate.Policy, namespace string) error {
	namespaces, err := readNamespaces(files, defaults, namespace)
	errs := []error{err}
	namespaces.meshed = readMeshed(files, namespaces)
	var all []pending
	for _, f := range files {
		for _, document := range f.documents {
			all = append(all, pending{file: f, Document: document})
		}
	}
	concurrently(all, func(p *pending) { p.decide(namespaces) })
	for _, p := range all {
		errs = append(errs, p.err)
		for _, d := range p.parts {
			p.file.objects = append(p.file.objects, d.objects...)
			p.file.edits = append(p.file.edits, d.edits...)
		}
	}
	return errors.Join(errs...)
}

// pending is a document that is decided about.
type pending struct {
	file *file
	manifest.Document
	parts []decisions // in the order of the document
	err   error
}

func (p *pending) decide(namespaces namespaces) {
	p.parts, p.err = inParts(p.Document, func(part manifest.Document) (decisions, error) {
		return p.file.decide(part, namespaces)
	})
}

// decisions holds the decisions about the objects in a document, or in a part
// of one, and what changes in the file.
type decisions struct {
	objects []decided
	edits   []manifest.Edit
}

// decide returns the decisions about the objects in a document of f.
func (f *file) decide(document manifest.Document, namespaces namespaces) (decisions, error) {
	parsed, err := document.Parse()
	if err != nil {
		return decisions{}, f.locate(document, err)
	}
	var d decisions
	var operations []jsonpatch.Operation
	var errs []error
	for _, object := range parsed.Objects() {
		answer, ok, err := decide(object, namespaces)
		if err != nil {
			errs = append(errs, f.locate(document, err))
		}
		if !ok {
			continue
		}
		d.objects = append(d.objects, decided{
			document: document.Index, line: object.Line,
			kind: object.Kind, namespace: object.Namespace, name: object.Name,
			path: object.Path, answer: answer,
		})
		operations = append(operations, answer.result.Under(patch.Path(object.Path)).Patch...)
	}
	if err := errors.Join(errs...); err != nil {
		return decisions{}, err
	}
	if d.edits, err = parsed.Edits(operations); err != nil {
		return decisions{}, f.locate(document, err)
	}
	for i := range d.edits {
		d.edits[i].From += document.Offset
		d.edits[i].To += document.Offset
	}
	return d, nil
}

// locate says in which document of the file an error is that names a line.
func (f *file) locate(document manifest.Document, err error) error {
	return fmt.Errorf("%s: document %d: %w", f.name, document.Index, err)
}
