package mutate

// keyPrefix begins each label and annotation of ours. It is not a host that is ever
// contacted.
const keyPrefix = "dualstack.dev/"

// Labels and annotations of ours.
const (
	// KeyMode is the label of a Namespace that opts in, with a Mode for its
	// value, and with "off" the label of a Pod or Service that opts out.
	KeyMode = "dualstack.dev/mode"
	// KeyHeadless is the annotation that says whether headless Services with a
	// selector become dual-stack: "enabled" or "disabled".
	KeyHeadless = "dualstack.dev/headless"
	// KeyLoadBalancers is the annotation that says whether Services of type
	// LoadBalancer become dual-stack: "enabled" or "disabled".
	KeyLoadBalancers = "dualstack.dev/load-balancers"
	// KeyPolicy is the annotation that says which policy Services get:
	// "PreferDualStack" or "RequireDualStack".
	KeyPolicy = "dualstack.dev/policy"
	// KeyPrimaryFamily is the annotation that says which family comes first
	// where the author names none: "IPv4" or "IPv6".
	KeyPrimaryFamily = "dualstack.dev/primary-family"
	// KeyMesh is the annotation with which a Namespace says that no mesh takes
	// part in it: "none".
	KeyMesh = "dualstack.dev/mesh"
	// KeyNoProxy is the annotation that says whether lists of what is reached
	// without a proxy get the cluster's IPv6 ranges and names: "enabled" or
	// "disabled".
	KeyNoProxy = "dualstack.dev/no-proxy"
	// KeyServers is the annotation of a Pod that says which of its containers run
	// which server: "web=gunicorn,cache=redis". Of a Namespace it would be a guess
	// about containers that happen to have the name.
	KeyServers = "dualstack.dev/servers"
	// KeyStatus is the annotation that says what was done to an object: of a
	// Service the fields that are ours, so that they can be taken back without
	// touching a choice of its author.
	KeyStatus = "dualstack.dev/status"
)

// keyMirror is the annotation of the API object that stands for a static Pod.
// The kubelet owns it: https://kubernetes.io/docs/reference/labels-annotations-taints/
const keyMirror = "kubernetes.io/config.mirror"
