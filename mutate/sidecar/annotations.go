package sidecar

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// MaxParsed is the length in bytes of the longest annotation that is parsed as
// YAML. Parsing takes up to two microseconds a byte and a hundred times the memory;
// a ProxyConfig has a few hundred bytes.
const MaxParsed = 8 << 10

// maxDepth is how deep a mapping of an annotation may be nested.
const maxDepth = 100

// Annotations are those of one Pod. What they hold in YAML or JSON is parsed once,
// however many containers and settings ask for it.
type Annotations struct {
	values    map[string]string
	mappings  map[string]mapping
	revisions map[string]string
}

// mapping is an annotation that was parsed, or the reason why it cannot be.
type mapping struct {
	members map[string]any
	err     error
}

// NewAnnotations returns the annotations of a Pod, which may be nil.
func NewAnnotations(values map[string]string) *Annotations {
	return &Annotations{values: values}
}

// mapping returns what the annotation holds, as the reader of Kubernetes' own
// documents understands it.
func (a *Annotations) mapping(key string) (map[string]any, error) {
	parsed, ok := a.mappings[key]
	if !ok {
		parsed.members, parsed.err = parseMapping(a.values[key])
		if parsed.err != nil {
			parsed.err = fmt.Errorf("the annotation %s: %w", key, parsed.err)
		}
		if a.mappings == nil {
			a.mappings = map[string]mapping{}
		}
		a.mappings[key] = parsed
	}
	return parsed.members, parsed.err
}

// parseMapping does not read what it would have to expand: an alias stands for
// text of any length. Its errors do not quote the text.
func parseMapping(text string) (map[string]any, error) {
	if len(text) > MaxParsed {
		return nil, fmt.Errorf("is longer than %d bytes", MaxParsed)
	}
	var document yaml.Node
	var members map[string]any
	switch {
	case yaml.Unmarshal([]byte(text), &document) != nil:
		return nil, errors.New("is not YAML")
	case !isPlain(&document, maxDepth):
		return nil, errors.New("has an alias, or is nested too deep")
	case sigsyaml.Unmarshal([]byte(text), &members) != nil:
		return nil, errors.New("is not a mapping")
	}
	return members, nil
}

// isPlain reports whether a document has no alias, and is not nested deeper.
func isPlain(node *yaml.Node, depth int) bool {
	if node.Kind == yaml.AliasNode || depth == 0 {
		return false
	}
	for _, child := range node.Content {
		if !isPlain(child, depth-1) {
			return false
		}
	}
	return true
}

// revision returns the member revision of an annotation of JSON; "" if there is
// none, or the annotation cannot be read.
func (a *Annotations) revision(key string) string {
	revision, ok := a.revisions[key]
	if !ok {
		var status struct {
			Revision string `json:"revision"`
		}
		// A status that cannot be read names no revision.
		_ = json.Unmarshal([]byte(a.values[key]), &status)
		revision = status.Revision
		if a.revisions == nil {
			a.revisions = map[string]string{}
		}
		a.revisions[key] = revision
	}
	return revision
}
