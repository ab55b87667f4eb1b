package sidecar

import (
	"slices"
	"strings"
)

// A CIDRList is a list of ranges, with commas and no spaces, that stands in
// arguments and in an annotation of the Pod from which injection makes them. The
// two change together, so that a second injection leads to the same arguments.
type CIDRList struct {
	// Containers are those whose arguments hold the list.
	Containers []string `json:"containers"`
	// Flags are the names of the argument, each with its hyphens. Its value is
	// the next argument, or stands behind a "=".
	Flags []string `json:"flags"`
	// Annotation is the key of the annotation.
	Annotation string `json:"annotation"`
	// Why is one sentence for the documentation.
	Why string `json:"why"`
}

// Find returns where in args the list is: the index of the argument that holds
// it, and what stands before it there. Of several the last counts, as for the
// programs that read it.
func (l CIDRList) Find(args []string) (index int, prefix string, found bool) {
	for i, arg := range args {
		name, _, joined := strings.Cut(arg, "=")
		switch {
		case !slices.Contains(l.Flags, name):
		case joined:
			index, prefix, found = i, name+"=", true
		case i+1 < len(args):
			index, prefix, found = i+1, "", true
		}
	}
	return index, prefix, found
}
