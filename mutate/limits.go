package mutate

import (
	"github.com/dualstack-dev/webhook/mutate/patch"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// A Measure is something of an object that is counted, because the work and the
// memory of a decision grow with it.
type Measure uint8

// The measures. Of a container that nothing is read of, only the container counts.
const (
	Containers  Measure = iota // of both lists
	Variables                  // of all containers
	Arguments                  // of all containers, their commands too
	Text                       // bytes of variables, arguments and selectors
	Sysctls                    // of the Pod
	Addresses                  // addresses, ranges and families in the lists of a Service
	Labels                     // bytes
	Annotations                // bytes, as the API server counts them
	Parsed                     // bytes of the longest annotation that is parsed
	Members                    // that are objects and are read: a handful, unless they come again
)

// limits are far beyond any object that a cluster runs, and keep the worst one that
// the API server lets through cheap. Beyond one of them an object is left alone.
var limits = [...]Limit{
	Containers: {1_000, "/spec", "containers, init containers among them"},
	Variables:  {20_000, "/spec", "environment variables of the containers that are looked into"},
	Arguments:  {20_000, "/spec", "arguments of those containers, their commands among them"},
	Text:       {256 << 10, "/spec", "bytes of the variables and arguments that are read, or of a Service's selector"},
	Sysctls:    {1_000, "/spec/securityContext/sysctls", "sysctls of a Pod"},
	Addresses:  {5_000, "/spec", "families, addresses and source ranges of a Service"},
	Labels:     {256 << 10, "/metadata/labels", "bytes of labels"},
	// k8s.io/apimachinery/pkg/api/validation/objectmeta.go, TotalAnnotationSizeLimitB.
	Annotations: {256 << 10, "/metadata/annotations", "bytes of annotations, which is what the API server takes"},
	Parsed:      {sidecar.MaxParsed, "/metadata/annotations", "bytes of an annotation that is parsed, such as `proxy.istio.io/config` and `dualstack.dev/servers`"},
	Members:     {50, "", "objects within the object that are read, such as its metadata: a handful, unless the JSON names one again and again"},
}

// A Limit is how much of one measure is looked at.
type Limit struct {
	Max int
	// Path is where in the object it is counted.
	Path patch.Path
	// Of says for the documentation what is counted.
	Of string
}

// Limits returns the limits in the order of their measures.
func Limits() []Limit { return append([]Limit(nil), limits[:]...) }

// OverLimit returns the result for an object that is over a limit: it is left alone.
func OverLimit(m Measure) Result {
	return Result{Notes: []Note{{Code: CodeOverLimit, Path: limits[m].Path}}}
}

// A Meter measures one object. The zero Meter has measured nothing.
type Meter struct {
	used     [len(limits)]int
	exceeded Measure
	over     bool
}

// Add counts n more, and reports whether the object is within the limit.
func (m *Meter) Add(measure Measure, n int) bool {
	m.used[measure] += n
	return m.check(measure, m.used[measure])
}

// check remembers the first limit that is exceeded.
func (m *Meter) check(measure Measure, n int) bool {
	if n <= limits[measure].Max {
		return true
	}
	if !m.over {
		m.exceeded, m.over = measure, true
	}
	return false
}

// Exceeded returns the limit that the object is over, and whether there is one.
func (m *Meter) Exceeded() (Measure, bool) { return m.exceeded, m.over }

func (m *Meter) addMetadata(metadata *MetadataView, parses func(annotation string) bool) {
	m.Add(Labels, sizeOf(metadata.Labels))
	m.Add(Annotations, sizeOf(metadata.Annotations))
	for key, value := range metadata.Annotations {
		if len(value) > limits[Parsed].Max && parses(key) {
			m.check(Parsed, len(value))
		}
	}
}

// sizeOf returns what the API server counts of annotations: the bytes of keys and
// values.
func sizeOf(entries map[string]string) int {
	size := 0
	for key, value := range entries {
		size += len(key) + len(value)
	}
	return size
}

func (m *Meter) addContainer(c *ContainerView, wanted ContainerWanted) {
	m.Add(Containers, 1)
	if wanted.Arguments {
		for _, list := range [][]string{c.Command, c.Args} {
			m.Add(Arguments, len(list))
			for _, argument := range list {
				m.Add(Text, len(argument))
			}
		}
	}
	if !wanted.Variables() {
		return
	}
	m.Add(Variables, len(c.Env))
	for i := range c.Env {
		if v := &c.Env[i]; wanted.Variable([]byte(v.Name)) != "" {
			m.Add(Text, len(v.Value))
		}
	}
}

// exceeds returns the limit that the Pod is over.
func (pod *PodView) exceeds(p Policy) (Measure, bool) {
	var m Meter
	m.addMetadata(pod.Metadata, func(key string) bool { return key == KeyServers || p.Profiles.Parses(key) })
	wanted := p.Wanted(pod.Metadata)
	for _, list := range [][]ContainerView{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			m.addContainer(&list[i], wanted.Of(list[i].Name))
		}
	}
	if pod.Spec.SecurityContext != nil {
		m.Add(Sysctls, len(pod.Spec.SecurityContext.Sysctls))
	}
	return m.Exceeded()
}

// exceeds returns the limit that the Service is over.
func (s *ServiceView) exceeds() (Measure, bool) {
	var m Meter
	m.addMetadata(s.Metadata, func(string) bool { return false })
	m.Add(Text, sizeOf(s.Spec.Selector))
	m.Add(Addresses, len(s.Spec.IPFamilies)+len(s.Spec.ClusterIPs)+len(s.Spec.ExternalIPs)+len(s.Spec.LoadBalancerSourceRanges))
	return m.Exceeded()
}
