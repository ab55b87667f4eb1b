package sidecar

import "slices"

// Reads is what decisions about a sidecar read of one of its containers, beside its
// name. Nothing else needs to be decoded.
type Reads struct {
	// Env are the names of variables.
	Env []string
	// Arguments says that the command and the arguments are read.
	Arguments bool
}

// with returns c with another profile.
func (c candidates) with(p *Profile) candidates {
	c.profiles = append(slices.Clip(c.profiles), p)
	c.reads.Env = slices.Concat(c.reads.Env, p.Where.Env, p.Elsewhere.Env)
	for i := range p.Settings {
		s := &p.Settings[i]
		switch {
		case s.Env != "":
			c.reads.Env = append(c.reads.Env, s.Env)
		case s.Annotation == "":
			c.reads.Arguments = true
		}
	}
	c.reads.Arguments = c.reads.Arguments || len(p.CIDRLists) > 0
	return c
}

// Parses reports whether one of the profiles reads the annotation of that name as
// YAML.
func (s Set) Parses(annotation string) bool {
	return slices.ContainsFunc(s.profiles, func(p *Profile) bool {
		return slices.ContainsFunc(p.Settings, func(s Setting) bool {
			return s.Choice.Annotation == annotation || s.Annotation == annotation && s.Member != ""
		})
	})
}
