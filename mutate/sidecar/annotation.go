package sidecar

import (
	"fmt"
	"strings"
)

// A Choice is where else the author of a Pod can set a variable: a mapping in an
// annotation of YAML or JSON, from which injection makes it. The zero Choice is
// nowhere.
type Choice struct {
	// Annotation is the key of the annotation.
	Annotation string `json:"annotation"`
	// Member is the name of the mapping in it.
	Member string `json:"member"`
}

// Value returns what the author chose for a variable, and whether anything was.
// An error says that the annotation cannot be read; its text is not in it.
func (c Choice) Value(a *Annotations, variable string) (value string, ok bool, err error) {
	text := a.values[c.Annotation]
	if c.Annotation == "" || !strings.Contains(text, variable) {
		return "", false, nil
	}
	config, err := a.mapping(c.Annotation)
	if err != nil {
		return "", false, err
	}
	member, _ := config[c.Member].(map[string]any)
	chosen, ok := member[variable]
	if !ok {
		return "", false, nil
	}
	return fmt.Sprint(chosen), true, nil
}

// Annotated returns the value of a setting that annotations hold, and the key of the
// one that does. If none does, the key is that of the setting.
func (s *Setting) Annotated(a *Annotations) (key, value string, ok bool) {
	value, ok = a.values[s.Annotation]
	if ok && s.Member != "" {
		mapping, err := a.mapping(s.Annotation)
		if err != nil {
			return s.Annotation, "", false
		}
		member, there := mapping[s.Member]
		if value, ok = member.(string); there {
			return s.Annotation, value, ok
		}
	}
	if !ok && s.Former != "" {
		if value, ok = a.values[s.Former]; ok {
			return s.Former, value, true
		}
	}
	return s.Annotation, value, ok
}

// A Revision is where a Pod says which control plane injected it.
type Revision struct {
	// Status is the key of an annotation of injection's own that holds JSON with
	// a member revision.
	Status string `json:"status"`
	// Keys are annotations or labels with which a Pod asks for a revision, by
	// its name or a tag.
	Keys []string `json:"keys"`
	// Default is what a Pod gets that asks for none.
	Default string `json:"default"`
}

// Injected returns the name of the revision that has injected the Pod; "" if it
// does not say.
func (r Revision) Injected(a *Annotations) string {
	if r.Status == "" {
		return ""
	}
	return a.revision(r.Status)
}

// Asked returns the name of a revision, or the tag, that the Pod asks for.
func (r Revision) Asked(labels, annotations map[string]string) string {
	for _, key := range r.Keys {
		for _, from := range []map[string]string{annotations, labels} {
			if from[key] != "" {
				return from[key]
			}
		}
	}
	return r.Default
}
