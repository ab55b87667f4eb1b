package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// foundContainer is a container and where it stands.
type foundContainer struct {
	*ContainerView
	list  string
	index int
}

func (c foundContainer) path() patch.Path { return patch.Path("/spec").Field(c.list).Index(c.index) }

// all returns the init containers and the containers, in this order.
func (s *PodSpecView) all() []foundContainer {
	found := make([]foundContainer, 0, len(s.InitContainers)+len(s.Containers))
	for _, list := range []struct {
		name       string
		containers []ContainerView
	}{
		{"initContainers", s.InitContainers},
		{"containers", s.Containers},
	} {
		for i := range list.containers {
			found = append(found, foundContainer{&list.containers[i], list.name, i})
		}
	}
	return found
}

// argv returns what the container runs, as far as the Pod says it: without a
// command the image begins it.
func (c foundContainer) argv() []string { return slices.Concat(c.Command, c.Args) }

// argument returns the path of one of argv.
func (c foundContainer) argument(i int) patch.Path {
	if i < len(c.Command) {
		return c.path().Field("command").Index(i)
	}
	return c.path().Field("args").Index(i - len(c.Command))
}

// lastArguments returns the list that the last of argv is in, and its length.
func (c foundContainer) lastArguments() (list patch.Path, length int) {
	if len(c.Args) == 0 && len(c.Command) > 0 {
		return c.path().Field("command"), len(c.Command)
	}
	return c.path().Field("args"), len(c.Args)
}

// variable returns the variable of that name and its index. Of two with one name
// the kubelet takes the last.
func (c foundContainer) variable(name string) (int, EnvVarView, bool) {
	for i, v := range slices.Backward(c.Env) {
		if v.Name == name {
			return i, v, true
		}
	}
	return 0, EnvVarView{}, false
}

// repeats reports whether the container has the variable more than once.
func (c foundContainer) repeats(name string) bool {
	same := func(v EnvVarView) bool { return v.Name == name }
	first := slices.IndexFunc(c.Env, same)
	return first >= 0 && slices.ContainsFunc(c.Env[first+1:], same)
}
