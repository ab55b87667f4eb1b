package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

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
	var all []pending
	for _, f := range files {
		for _, document := range f.documents {
			all = append(all, pending{file: f, Document: document})
		}
	}
	concurrently(all, func(p *pending) { p.err = p.decide(namespaces) })
	for _, p := range all {
		errs = append(errs, p.err)
		p.file.objects = append(p.file.objects, p.objects...)
		p.file.addEdits(p.Document, p.edits)
	}
	return errors.Join(errs...)
}

// locate says in which document of the file an error is that names a line.
func (f *file) locate(document manifest.Document, err error) error {
	return fmt.Errorf("%s: document %d: %w", f.name, document.Index, err)
}

// addEdits adds those of a document, whose places become places in the file.
func (f *file) addEdits(document manifest.Document, edits []manifest.Edit) {
	for _, e := range edits {
		e.From += document.Offset
		e.To += document.Offset
		f.edits = append(f.edits, e)
	}
}

// pending is a document that is decided about.
type pending struct {
	file *file
	manifest.Document
	objects []decided
	edits   []manifest.Edit
	err     error
}

// decide fills in the decisions about the objects in the document, and what
// changes in its text.
func (p *pending) decide(namespaces namespaces) error {
	parsed, err := p.Parse()
	if err != nil {
		return p.file.locate(p.Document, err)
	}
	decisions := make([]decision, len(parsed.Objects()))
	for i, object := range parsed.Objects() {
		decisions[i].object = object
	}
	concurrently(decisions, func(d *decision) {
		d.answer, d.ok, d.err = decide(d.object, namespaces.of(d.object.Namespace))
	})
	var operations []jsonpatch.Operation
	var errs []error
	for _, d := range decisions {
		if d.err != nil {
			errs = append(errs, p.file.locate(p.Document, d.err))
		}
		if !d.ok {
			continue
		}
		p.objects = append(p.objects, decided{
			document: p.Index, line: d.object.Line,
			kind: d.object.Kind, namespace: d.object.Namespace, name: d.object.Name,
			path: d.object.Path, answer: d.answer,
		})
		operations = append(operations, d.result.Under(patch.Path(d.object.Path)).Patch...)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if p.edits, err = parsed.Edits(operations); err != nil {
		return p.file.locate(p.Document, err)
	}
	return nil
}

// A decision is one about an object, if there is anything to say about it.
type decision struct {
	object manifest.Object
	answer
	ok  bool
	err error
}

// concurrently calls do with each of items, as many at a time as there are
// processors.
func concurrently[T any](items []T, do func(*T)) {
	work := make(chan *T)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		workers.Go(func() {
			for item := range work {
				do(item)
			}
		})
	}
	for i := range items {
		work <- &items[i]
	}
	close(work)
	workers.Wait()
}
