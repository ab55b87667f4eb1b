package mutate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// A Note records one decision about one field or one object.
type Note struct {
	Code Code
	// Path is the field; empty for the whole object.
	Path patch.Path
	// Part is what of the Pod it is about, by its name in the status annotation:
	// "istio", "web/gunicorn" or "no-proxy"; empty for decisions about the whole Pod.
	// Of a Service it is the mesh that may reach its Pods.
	Part string
	// Old and New are the field's values before and after, equal where it was
	// left alone. They are set only for fields that a profile or a setting of
	// ours names, so they are never a secret.
	Old, New string
	// Cure is what the profile says to do about it; empty where the code says it.
	Cure string
}

// WhatToDo returns what to do about it; empty where there is nothing to do. A
// profile may know better than the code.
func (n Note) WhatToDo() string { return cmp.Or(n.Cure, n.Code.Cure()) }

// Sentence returns what it means, without a full stop. It names the mesh that may reach
// the Pods of a Service.
func (n Note) Sentence() string {
	if n.Code == CodeMeshMayReach && n.Part != "" {
		return n.Part + strings.TrimPrefix(n.Code.Sentence(), someMesh)
	}
	return n.Code.Sentence()
}

// someMesh begins the sentence of CodeMeshMayReach where nobody says which.
const someMesh = "a mesh"

// Code names a kind of decision. It is a metric label, an audit key and a
// heading in the documentation, so a code is never renamed.
type Code string

// The codes of decisions about Pods.
const (
	CodeSidecarRewritten   Code = "sidecar-rewritten"
	CodeCaptureExtended    Code = "capture-extended"
	CodeCaptureOpen        Code = "capture-open"
	CodeNoSidecar          Code = "no-sidecar"
	CodeServerRewritten    Code = "server-rewritten"
	CodeServerKept         Code = "server-address-kept"
	CodeServerUnreadable   Code = "server-address-unreadable"
	CodeServerNoAddress    Code = "server-address-absent"
	CodeServerShell        Code = "server-in-shell"
	CodeServerOption       Code = "server-option"
	CodeServerElsewhere    Code = "server-configuration"
	CodeServerUnknown      Code = "server-unknown"
	CodeServerContainer    Code = "server-without-container"
	CodeNoProxyExtended    Code = "no-proxy-extended"
	CodeNoProxyKept        Code = "no-proxy-kept"
	CodeSidecarNotDual     Code = "sidecar-not-dual"
	CodePodsNotDual        Code = "pods-not-dual"
	CodePodSysctl          Code = "pod-sysctl"
	CodeSettingKept        Code = "setting-kept"
	CodeSidecarOverrides   Code = "sidecar-overrides"
	CodeSidecarSingleStack Code = "sidecar-single-stack"
	CodeSidecarUnknown     Code = "sidecar-unknown"
	CodeSidecarOff         Code = "sidecar-off"
	CodeSwitchOff          Code = "switch-off"
	CodeAddressKept        Code = "address-kept"
	CodeCaptureElsewhere   Code = "capture-elsewhere"
	CodeSidecarVersion     Code = "sidecar-version"
	CodeHostNetwork        Code = "host-network"
	CodeWindows            Code = "windows"
	CodeMirrorPod          Code = "mirror-pod"
)

// The codes of decisions about Services.
const (
	CodeServiceDualStack    Code = "service-dual-stack"
	CodePrimaryFamily       Code = "service-primary-family"
	CodeExternalIPs         Code = "external-ips"
	CodeDeleting            Code = "deleting"
	CodeSystemNamespace     Code = "system-namespace"
	CodeExternalName        Code = "external-name"
	CodeExplicitSingleStack Code = "explicit-single-stack"
	CodeFamiliesChosen      Code = "families-chosen"
	CodeHeadlessNoSelector  Code = "headless-no-selector"
	CodeHeadlessOff         Code = "headless-off"
	CodeKubernetesService   Code = "kubernetes-service"
	CodeLoadBalancerOff     Code = "load-balancer-off"
	CodeLoadBalancerRanges  Code = "load-balancer-ranges"
	CodeLoadBalancerAddress Code = "load-balancer-address"
	CodeLoadBalancerAWS     Code = "load-balancer-aws"
	CodeServiceType         Code = "service-type"
	CodeClusterSingleStack  Code = "cluster-single-stack"
	CodeUpdate              Code = "update"
	CodeNamespaceUnknown    Code = "namespace-unknown"
	CodeMeshMayReach        Code = "mesh-may-reach"
)

// The codes of decisions about either.
const (
	CodeAlreadyDual      Code = "already-dual"
	CodeMeshNotDual      Code = "mesh-not-dual"
	CodeOptedOut         Code = "opted-out"
	CodeIncomplete       Code = "incomplete"
	CodeInvalidSetting   Code = "invalid-setting"
	CodeInvalidNamespace Code = "invalid-namespace-setting"
	CodeOverLimit        Code = "over-limit"
	CodeAnnotationsFull  Code = "annotations-full"
	CodeUnknownSetting   Code = "unknown-setting"
	CodeUnknownNamespace Code = "unknown-namespace-setting"
)

// Kind says what a decision came to.
type Kind uint8

// The kinds. Of a Refuse, people are warned: they asked for dual-stack and do
// not get it.
const (
	Leave  Kind = iota // nothing to do, or the author chose otherwise
	Change             // a field changes, or would
	Refuse             // a change was due and is not safe
)

// codes is the table from which warnings and the documentation are made. A
// sentence is short enough for a warning of 120 characters.
var codes = map[Code]struct {
	kind     Kind
	sentence string
	cure     string
}{
	CodeSidecarRewritten:   {Change, "the sidecar is told to serve both IP families", ""},
	CodeCaptureExtended:    {Change, "the ranges whose traffic is captured get their IPv6 ranges", ""},
	CodeCaptureOpen:        {Refuse, "a list of captured ranges has an IPv4 range without an IPv6 one", "Say in istio.cidrs which IPv6 range belongs to it, or name one in the annotation."},
	CodeNoSidecar:          {Leave, "the Pod has no sidecar that is known here", ""},
	CodeSettingKept:        {Refuse, "the sidecar has the setting already, with another value", "Leave it to injection, or give it the value that stands for both IP families, in every container of the sidecar."},
	CodeSidecarOverrides:   {Refuse, "the author's settings may be lost unless the injector's reinvocationPolicy is Never", "Let the injector be called once: Never is Istio's default. If it is so and cannot be seen, say --istio-reinvocation-policy=Never. Or turn dual-stack on where injection reads it: in proxy.istio.io/config or a ProxyConfig."},
	CodeSidecarSingleStack: {Refuse, "the sidecar serves one IP family, whatever it is told", "Nothing makes it dual-stack."},
	CodeSidecarUnknown:     {Leave, "the sidecar is known, but not whether it serves both IP families", "What decides is not in the Pod: the reference says where it is."},
	CodeSidecarOff:         {Leave, "the configuration says to leave this sidecar alone", ""},
	CodeSwitchOff:          {Refuse, "the sidecar's project has a switch for both IP families, and it is off", "Turn it on there, and restart the workload."},
	CodeAddressKept:        {Leave, "the sidecar listens on an address that its author chose, or that is not understood", "Where a loopback address is meant there is nothing to do. The address of a Pod is of one family: leave the host out."},
	CodeCaptureElsewhere:   {Refuse, "the sidecar's traffic is captured from outside of the Pod", "Turn IPv6 on where that is set up, and in the control plane."},
	CodeSidecarVersion:     {Refuse, "the sidecar's version is too old for both IP families, or is not known", "Upgrade it, and restart the workload."},
	CodeHostNetwork:        {Refuse, "the Pod is in its node's network", "Nothing: what it binds is the node's."},
	CodeWindows:            {Refuse, "the Pod runs on Windows", "Nothing: sidecars are known on Linux only."},
	CodeMirrorPod:          {Leave, "the Pod mirrors a static Pod of a node", ""},

	CodeServerRewritten:  {Change, "the server is told to listen on both IP families", ""},
	CodeServerKept:       {Refuse, "the server listens on an address of its author's choice", "A loopback address, a single one and one family stay: name 0.0.0.0 where all are meant."},
	CodeServerUnreadable: {Refuse, "the server's address is not written as it is known here", "Write it out, with no $(VAR) and nothing else in the same argument or variable."},
	CodeServerNoAddress:  {Refuse, "the container does not say which address its server listens on", "Say it in its command, its arguments or its variables: what the image or a file says cannot be seen."},
	CodeServerShell:      {Refuse, "the server is started by a shell, whose text is never changed", "Start it without: command: [gunicorn, --bind, 0.0.0.0:8080, shop:app]."},
	CodeServerOption:     {Refuse, "an option of the server stands against another address", "The reference of servers says which option, and why."},
	CodeServerElsewhere:  {Refuse, "the server is told its addresses in a file that cannot be seen here", "The reference of servers says what to write there."},
	CodeServerUnknown:    {Refuse, "dualstack.dev/servers names a server that is not known here", "The reference of servers names those that are."},
	CodeServerContainer:  {Refuse, "dualstack.dev/servers names a container that the Pod does not have", "Write CONTAINER=SERVER, with the name of one of the Pod's containers."},
	CodeNoProxyExtended:  {Change, "the container's NO_PROXY gets the cluster's IPv6 ranges and names", ""},
	CodeNoProxyKept:      {Leave, "the container's NO_PROXY comes from elsewhere, or holds a reference", ""},
	CodeSidecarNotDual:   {Refuse, "a sidecar does not capture IPv6, and nothing else must be reached around it", "See what is said of the sidecar."},
	CodePodsNotDual:      {Refuse, "the cluster's Pods are not known to have addresses of both IP families", "Give the Pods' network its second range. If it has one and that cannot be seen: cluster.podsDualStack: enabled."},
	CodePodSysctl:        {Refuse, "a sysctl of the Pod turns IPv6 off, or keeps the families apart", "Take disable_ipv6 or bindv6only out of spec.securityContext.sysctls."},

	CodeServiceDualStack:    {Change, "the Service becomes dual-stack", ""},
	CodePrimaryFamily:       {Change, "the Service becomes dual-stack, in the order of the settings", ""},
	CodeExternalIPs:         {Refuse, "spec.externalIPs is of one IP family: add addresses of the other", "Only you know them; the Service becomes dual-stack without."},
	CodeDeleting:            {Leave, "the Service is being deleted", ""},
	CodeSystemNamespace:     {Leave, "the namespace is the control plane's", ""},
	CodeExternalName:        {Leave, "an ExternalName Service has no IP families", ""},
	CodeExplicitSingleStack: {Leave, "the Service says SingleStack", ""},
	CodeFamiliesChosen:      {Leave, "the Service names one IP family, or one address", "Name both there, or none. With a second one the API server would refuse the same manifest when it is applied again."},
	CodeHeadlessNoSelector:  {Leave, "the API server makes a headless Service without a selector dual-stack itself", ""},
	CodeHeadlessOff:         {Leave, "headless Services are left alone here", ""},
	CodeKubernetesService:   {Leave, "the Service is the API server's own", ""},
	CodeLoadBalancerOff:     {Refuse, "LoadBalancers need dualstack.dev/load-balancers: enabled", "Annotate the Service or its Namespace so, or set services.loadBalancers: the internet may reach the second address too."},
	CodeLoadBalancerRanges:  {Refuse, "loadBalancerSourceRanges is of one IP family: add ranges of the other", "They are in the field or in the annotation service.beta.kubernetes.io/load-balancer-source-ranges; a family without a range is not filtered."},
	CodeLoadBalancerAddress: {Refuse, "loadBalancerIP or its annotation is of one IP family: ask for both, or none", "spec.loadBalancerIP holds one address: to ask for both use the annotation of your load balancer."},
	CodeLoadBalancerAWS:     {Refuse, "AWS needs the annotation aws-load-balancer-ip-address-type: dualstack", "The whole key is service.beta.kubernetes.io/aws-load-balancer-ip-address-type."},
	CodeServiceType:         {Refuse, "the type of the Service is not known here", "Set spec.ipFamilyPolicy yourself."},
	CodeClusterSingleStack:  {Refuse, "the cluster has Service addresses of one IP family", "Give the API server a second Service range. If it has one: cluster.dualStack says disabled, or is out of date."},
	CodeUpdate:              {Leave, "a Service that exists changes only when it stops being an ExternalName", ""},
	CodeMeshMayReach:        {Refuse, someMesh + " may inject: make it dual-stack, or annotate the Namespace dualstack.dev/mesh: none", "Its injector can reach the Pods here, some of which may ask for it, and it is not known to be dual-stack. Where no Pod of the namespace is in the mesh, say so: dualstack.dev/mesh: none."},
	CodeNamespaceUnknown:    {Refuse, "the namespace's labels are not known yet, so neither is its mesh", "Create the Service again."},

	CodeAlreadyDual:      {Leave, "it is dual-stack already", ""},
	CodeMeshNotDual:      {Refuse, "the mesh is not known to be dual-stack", "Turn dual-stack on in it. If it is on already and cannot be seen: for Istio say --istio-dual-stack=enabled, for Linkerd --linkerd-dual-stack=enabled, for Istio's ambient mesh --istio-ambient-dual-stack=enabled, for another mesh annotate the Namespace with dualstack.dev/mesh: none."},
	CodeOptedOut:         {Leave, "the object or its namespace says mode off", ""},
	CodeIncomplete:       {Refuse, "the object has no metadata or no spec", "Give it both."},
	CodeOverLimit:        {Refuse, "it holds more than what is looked at", "Make it smaller: the reference of notes has the limits. No object that a cluster can run reaches them."},
	CodeAnnotationsFull:  {Refuse, "its annotations have no room for what would be written there", "Shorten them: the API server takes 262,144 bytes in all."},
	CodeInvalidSetting:   {Refuse, "nothing changes, as a setting under dualstack.dev/ has a value that is not known", "Use a value that the reference names. On an object the label dualstack.dev/mode is off, or not there."},
	CodeInvalidNamespace: {Refuse, "nothing changes, as the Namespace has a dualstack.dev/ value that is not known", "Use a value that the reference names."},
	CodeUnknownSetting:   {Refuse, "a label or annotation under dualstack.dev/ is not one that is known here", "Write its name as the reference does, and where it stands there: the mode is a label, all else are annotations."},
	CodeUnknownNamespace: {Refuse, "a dualstack.dev/ label or annotation of the Namespace is not one that is known", "Write its name as the reference does, and where it stands there: the mode is a label, all else are annotations."},
}

// Codes returns every code, sorted.
func Codes() []Code {
	return slices.Sorted(maps.Keys(codes))
}

// Kind returns what a decision with this code came to.
func (c Code) Kind() Kind { return codes[c].kind }

// Sentence returns what the code means, without a full stop.
func (c Code) Sentence() string { return codes[c].sentence }

// ofProfile reports whether a profile may know better what to do.
func (c Code) ofProfile() bool {
	switch c {
	case CodeSidecarSingleStack, CodeSidecarUnknown, CodeSidecarVersion, CodeSwitchOff, CodeCaptureElsewhere, CodeMeshNotDual:
		return true
	}
	return false
}

// serves reports whether a sidecar with this verdict serves both families.
func (c Code) serves() bool { return c == CodeSidecarRewritten || c == CodeAlreadyDual }

// Cure returns what to do about it; empty where there is nothing to do.
func (c Code) Cure() string { return codes[c].cure }
