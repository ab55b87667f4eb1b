package webhook

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate"
)

// podReader reads a Pod on demand: what the decision does not ask for is skipped. The
// API server writes the metadata before the spec and the name of a container before
// its lists, so what is asked for is known by then. Where it is not, the reading is
// out of order, and is done again with an outline of the same Pod.
type podReader struct {
	*reader
	policy mutate.Policy
	// outline is the Pod with nothing but its metadata and the names of its
	// containers; nil if that is not known yet.
	outline *mutate.PodView
	wanted  mutate.Wanted
	inSpec  bool
}

// readPod reads the next value, a Pod, into pod, which may be nil, and returns it.
// Null is nil.
func readPod(r *reader, pod *mutate.PodView, a ask[mutate.PodView]) *mutate.PodView {
	p := podReader{reader: r, policy: a.policy, outline: a.outline}
	if p.outline != nil {
		p.wanted = a.policy.Wanted(p.outline.Metadata)
	}
	return p.pod(pod)
}

// readPodOutline reads the metadata of a Pod and the names of its containers, in
// whatever order they come.
func readPodOutline(r *reader, pod *mutate.PodView) *mutate.PodView {
	p := podReader{reader: r, outline: &mutate.PodView{}}
	return p.pod(pod)
}

// Lists begin with room for what is usual: to grow them costs more than the rest of
// their reading.
const (
	usualContainers = 4
	usualVariables  = 32
)

// withRoom returns list, with room for n elements if it has none.
func withRoom[E any](list []E, n int) []E {
	if cap(list) > 0 {
		return list
	}
	return make([]E, 0, n)
}

// disorder fails unless what was skipped too early is known from an outline.
func (r *podReader) disorder() {
	if r.outline == nil {
		r.fail(errDisorder)
	}
}

func (r *podReader) pod(pod *mutate.PodView) *mutate.PodView {
	if r.absent() {
		return nil
	}
	if pod == nil {
		pod = &mutate.PodView{}
	}
	for name := range r.members() {
		switch string(name) {
		case "metadata":
			if r.inSpec {
				r.disorder()
			}
			pod.Metadata = r.metadata(pod.Metadata)
		case "spec":
			if r.outline == nil && !r.inSpec && r.err == nil {
				r.wanted = r.policy.Wanted(pod.Metadata)
			}
			r.inSpec = true
			pod.Spec = r.spec(pod.Spec)
		default:
			r.skip()
		}
	}
	return pod
}

func (r *podReader) spec(s *mutate.PodSpecView) *mutate.PodSpecView {
	if r.absent() {
		return nil
	}
	if s == nil {
		s = &mutate.PodSpecView{}
	}
	outline := r.outlineSpec()
	for name := range r.members() {
		switch string(name) {
		case "initContainers":
			s.InitContainers = r.containers(s.InitContainers[:0], outline.InitContainers)
		case "containers":
			s.Containers = r.containers(s.Containers[:0], outline.Containers)
		case "hostNetwork":
			s.HostNetwork = r.boolean()
		case "os":
			s.OS = r.os(s.OS)
		case "securityContext":
			s.SecurityContext = r.security(s.SecurityContext)
		default:
			r.skip()
		}
	}
	return s
}

func (r *podReader) outlineSpec() mutate.PodSpecView {
	if r.outline == nil || r.outline.Spec == nil {
		return mutate.PodSpecView{}
	}
	return *r.outline.Spec
}

func (r *podReader) os(os *mutate.PodOSView) *mutate.PodOSView {
	if r.absent() {
		return nil
	}
	if os == nil {
		os = &mutate.PodOSView{}
	}
	for name := range r.members() {
		if string(name) != "name" {
			r.skip()
			continue
		}
		os.Name = corev1.OSName(r.text())
	}
	return os
}

func (r *podReader) security(s *mutate.PodSecurityView) *mutate.PodSecurityView {
	if r.absent() {
		return nil
	}
	if s == nil {
		s = &mutate.PodSecurityView{}
	}
	for name := range r.members() {
		if string(name) != "sysctls" {
			r.skip()
			continue
		}
		s.Sysctls = nil
		for range r.elements() {
			r.add(mutate.Sysctls, 1)
			s.Sysctls = append(s.Sysctls, r.sysctl())
		}
	}
	return s
}

func (r *podReader) sysctl() mutate.SysctlView {
	var s mutate.SysctlView
	for name := range r.members() {
		switch string(name) {
		case "name":
			s.Name = r.text()
		case "value":
			s.Value = r.text()
		default:
			r.skip()
		}
	}
	return s
}

// containers appends a list of containers to an empty one, which has the room of the
// same list where it comes again. The outline has their names, if it is known.
func (r *podReader) containers(list, outline []mutate.ContainerView) []mutate.ContainerView {
	for i := range r.elements() {
		r.add(mutate.Containers, 1)
		name := ""
		if i < len(outline) {
			name = outline[i].Name
		}
		list = append(withRoom(list, usualContainers), r.container(name))
	}
	return list
}

// container reads a container, whose name is known only from an outline.
func (r *podReader) container(name string) mutate.ContainerView {
	c := mutate.ContainerView{}
	wanted := r.wanted.Of(name)
	inLists := false
	for name := range r.members() {
		switch string(name) {
		case "name":
			c.Name = r.text()
			if inLists {
				r.disorder()
			}
			if r.outline == nil {
				wanted = r.wanted.Of(c.Name)
			}
		case "command":
			inLists = true
			c.Command = r.arguments(wanted)
		case "args":
			inLists = true
			c.Args = r.arguments(wanted)
		case "env":
			inLists = true
			c.Env = r.variables(c.Env[:0], wanted)
		default:
			r.skip()
		}
	}
	return c
}

func (r *podReader) arguments(wanted mutate.ContainerWanted) []string {
	if !wanted.Arguments {
		r.skip()
		return nil
	}
	list := r.texts(mutate.Arguments)
	for _, argument := range list {
		r.add(mutate.Text, len(argument))
	}
	return list
}

// variables appends to an empty list, as containers does. Each variable has its place;
// one that is not wanted is empty.
func (r *podReader) variables(list []mutate.EnvVarView, wanted mutate.ContainerWanted) []mutate.EnvVarView {
	if !wanted.Variables() {
		r.skip()
		return nil
	}
	for range r.elements() {
		r.add(mutate.Variables, 1)
		list = append(withRoom(list, usualVariables), r.variable(wanted))
	}
	return list
}

func (r *podReader) variable(wanted mutate.ContainerWanted) mutate.EnvVarView {
	var v mutate.EnvVarView
	isNamed, isSkipped := false, false
	for name := range r.members() {
		switch string(name) {
		case "name":
			if isSkipped {
				r.disorder()
			}
			v.Name, isNamed = wanted.Variable(r.bytes()), true
		case "value":
			if isNamed && v.Name == "" && r.outline == nil {
				isSkipped = true
				r.skip()
				continue
			}
			v.Value = r.text()
		case "valueFrom":
			v.ValueFrom = nil
			if !r.null() {
				r.skip()
				v.ValueFrom = &struct{}{}
			}
		default:
			r.skip()
		}
	}
	if v.Name == "" {
		return mutate.EnvVarView{}
	}
	r.add(mutate.Text, len(v.Value))
	return v
}
