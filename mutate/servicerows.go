package mutate

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// Row is one row of the table that decides about Services.
type Row struct {
	// ID names the row in documentation and tests. It says nothing about the
	// order.
	ID string
	// When says, in Markdown, which Services the row is about.
	When string
	// Writes are the fields that are set where the author left them out; none
	// where the Service is left alone.
	Writes []patch.Path
	// Code is that of the decision.
	Code Code

	about func(serviceCase) bool // nil for any
}

// ServiceRows returns the table. The first row that is about a Service decides;
// the last is about any.
func ServiceRows() []Row { return slices.Clone(serviceRows) }

// What a row may write.
var (
	nothing           []patch.Path
	policyOnly        = []patch.Path{pathPolicy}
	policyAndFamilies = []patch.Path{pathPolicy, pathFamilies}
)

// serviceRows says first what is none of our business, then what the author has
// decided, then what stands against a second family, and last what is written.
var serviceRows = []Row{
	{"0a", "the Service or its Namespace says `dualstack.dev/mode: \"off\"`", nothing, CodeOptedOut, serviceCase.optedOut},
	{"0b", "it is being deleted", nothing, CodeDeleting, serviceCase.deleting},
	{"0c", "it is in `kube-system`", nothing, CodeSystemNamespace, serviceCase.inKubeSystem},
	{"0d", "it is `kubernetes` in `default`", nothing, CodeKubernetesService, serviceCase.isKubernetes},
	{"U1", "it exists already, unless this update (U2) makes it something else than an `ExternalName`, which is decided as its creation", nothing, CodeUpdate, serviceCase.exists},

	{"C1", "`type` is `ExternalName`", nothing, CodeExternalName, serviceCase.isExternalName},
	{"C1a", "`type` is one that is not known here", nothing, CodeServiceType, serviceCase.isOfUnknownType},
	{"C7", "`ipFamilyPolicy` is `SingleStack`", nothing, CodeExplicitSingleStack, serviceCase.saysSingleStack},
	{"C8", "`ipFamilyPolicy` is another one, unless C9 is about its primary family", nothing, CodeAlreadyDual, serviceCase.saysDualStack},
	{"C2", "`clusterIP` is `None`, and there is no `selector`", nothing, CodeHeadlessNoSelector, serviceCase.isHeadlessWithoutSelector},
	{"C2a", "`clusterIP` is `None`, `services.headless` is `disabled`, and not both families are named", nothing, CodeHeadlessOff, serviceCase.isHeadlessWhereDisabled},
	{"C3a", "one family is named in `ipFamilies`, or one address in `clusterIPs`", nothing, CodeFamiliesChosen, serviceCase.namesOneFamily},

	{"F1", "the cluster is known to have one IP family", nothing, CodeClusterSingleStack, serviceCase.hasOneFamily},
	{"C4a", "`type` is `LoadBalancer`, `services.loadBalancers` is `disabled`, and not both families are named", nothing, CodeLoadBalancerOff, serviceCase.balancesWhereDisabled},
	{"C4b", "`type` is `LoadBalancer`, and its source ranges are of one family", nothing, CodeLoadBalancerRanges, serviceCase.balancesWithOneRange},
	{"C4c", "`type` is `LoadBalancer`, and it asks for an address of one family", nothing, CodeLoadBalancerAddress, serviceCase.balancesAtOneAddress},
	{"C4d", "`type` is `LoadBalancer`, of the AWS Load Balancer Controller, not set to `dualstack`", nothing, CodeLoadBalancerAWS, serviceCase.balancesOnSingleStackAWS},
	{"M1", "its Namespace is not known yet", nothing, CodeNamespaceUnknown, serviceCase.mayBeMeshed},
	{"M2", "it is in a mesh that is not known to be dual-stack", nothing, CodeMeshNotDual, serviceCase.isMeshed},
	{"M3", "an injector of a mesh that is not known to be dual-stack can reach the Pods of its Namespace", nothing, CodeMeshMayReach, serviceCase.mayBeReached},

	{"S1", "one of its own settings under `dualstack.dev/` has a value that is not known", nothing, CodeInvalidSetting, serviceCase.isMisunderstood},
	{"S2", "one of its Namespace's has", nothing, CodeInvalidNamespace, serviceCase.hasMisunderstoodNamespace},

	{"C9", "`services.primaryFamily` is set, the cluster is known to be dual-stack, and no family and no cluster IP is named", policyAndFamilies, CodePrimaryFamily, serviceCase.lacksPrimaryFamily},
	{"C3", "any other: `ClusterIP` and `NodePort` (C3), `LoadBalancer` (C4), two families (C5) or cluster IPs (C6) without a policy", policyOnly, CodeServiceDualStack, nil},
}
