package main

import (
	"runtime"
	"slices"
	"sync"

	"github.com/dualstack-dev/webhook/manifest"
)

// inParts returns what do returns for each part of a document, in their order.
// Where it has an error for one, only what it returns for the whole counts: not
// every List can be cut.
func inParts[T any](document manifest.Document, do func(manifest.Document) (T, error)) ([]T, error) {
	type part struct {
		manifest.Document
		result T
		err    error
	}
	var parts []part
	for _, document := range document.Parts() {
		parts = append(parts, part{Document: document})
	}
	concurrently(parts, func(p *part) { p.result, p.err = do(p.Document) })
	if len(parts) > 1 && slices.ContainsFunc(parts, func(p part) bool { return p.err != nil }) {
		result, err := do(document)
		return []T{result}, err
	}
	results := make([]T, len(parts))
	for i, p := range parts {
		results[i] = p.result
	}
	return results, parts[0].err
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
