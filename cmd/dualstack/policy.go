package main

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/cluster"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/address"
	"github.com/dualstack-dev/webhook/mutate/server"
)

// policySettings say how to decide, whoever asks: the API server or a person.
type policySettings struct {
	familyPolicy     string
	primaryFamily    string
	headless         bool
	loadBalancers    bool
	noProxy          bool
	noProxyHosts     []string
	clusterDualStack mutate.State
	clusterPods      mutate.State
	istioDualStack   mutate.State
	istioRevisions   map[string]mutate.State
	istioInjectsOnce mutate.State
	istioCIDRs       map[netip.Prefix]netip.Prefix
	istioAmbient     mutate.State
	linkerdDualStack mutate.State

	sidecarSettings
}

// add defines the flags. The defaults of what is known are those of s; undecided
// is the word for a cluster of which nobody says what it is: "auto" where the
// command can find out, "unknown" where it cannot.
func (s *policySettings) add(flags *pflag.FlagSet, undecided string) {
	s.headless = true
	flags.Var(newChoice(&s.familyPolicy, familyPolicies()...), "services-policy", "the ipFamilyPolicy of Services that become dual-stack; RequireDualStack only where the cluster is known to be")
	flags.Var(newChoice(&s.primaryFamily, primaryFamilies()...), "services-primary-family", "the family that comes first in Services that name none; empty for the cluster's own")
	flags.Var((*toggle)(&s.headless), "services-headless", "whether headless Services with a selector become dual-stack")
	flags.Var((*toggle)(&s.loadBalancers), "services-load-balancers", "whether Services of type LoadBalancer become dual-stack")
	flags.Var((*toggle)(&s.noProxy), "pods-no-proxy", "whether containers with NO_PROXY get the cluster's IPv6 ranges and names in it")
	flags.StringSliceVar(&s.noProxyHosts, "pods-no-proxy-hosts", []string{".svc", ".cluster.local"}, "those `ranges` and names: fd00:10:96::/112,.svc,.cluster.local")
	flags.Var(&state{&s.clusterDualStack, words(undecided)}, "cluster-dual-stack", "whether the cluster gives Services addresses of both IP families")
	flags.Var(&state{&s.clusterPods, words(undecided)}, "cluster-pods-dual-stack", "whether the cluster gives Pods addresses of both IP families")
	flags.Var(&state{&s.istioDualStack, words(undecided)}, "istio-dual-stack", "whether istiod runs with ISTIO_DUAL_STACK=true")
	flags.Var(pairs[string, mutate.State]{&s.istioRevisions, parseRevision, "NAME=enabled|disabled,..."}, "istio-revisions", "the same for single revisions of Istio")
	flags.Var(&state{&s.istioInjectsOnce, reinvocationWords(undecided)}, "istio-reinvocation-policy", "that of Istio's injector; a Pod whose author set something in the sidecar changes only with Never")
	flags.Var(pairs[netip.Prefix, netip.Prefix]{&s.istioCIDRs, address.ParseCIDRPair, "IPv4=IPv6,..."}, "istio-cidrs", "the IPv6 range that belongs to an IPv4 range in Pods' lists of captured ranges")
	flags.Var(&state{&s.istioAmbient, words(undecided)}, "istio-ambient-dual-stack", "whether Istio's ambient mesh captures IPv6: istio-cni runs with ambient.ipv6=true")
	flags.Var(&state{&s.linkerdDualStack, words(undecided)}, "linkerd-dual-stack", "whether Linkerd's control plane runs with disableIPv6=false")
	s.sidecarSettings.add(flags)
}

func parseRevision(name, word string) (string, mutate.State, error) {
	var known toggle
	if name == "" {
		return "", mutate.Unknown, errors.New("the name of a revision is empty")
	}
	if err := known.Set(word); err != nil {
		return "", mutate.Unknown, fmt.Errorf("%s: %w", name, err)
	}
	if known {
		return name, mutate.Enabled, nil
	}
	return name, mutate.Disabled, nil
}

// policyWords are the words that complete the flags.
func policyWords(undecided string) map[string][]cobra.Completion {
	return map[string][]cobra.Completion{
		"services-policy":           familyPolicies(),
		"services-primary-family":   primaryFamilies()[1:],
		"services-headless":         {"enabled", "disabled"},
		"services-load-balancers":   {"enabled", "disabled"},
		"pods-no-proxy":             {"enabled", "disabled"},
		"cluster-dual-stack":        words(undecided).list(),
		"cluster-pods-dual-stack":   words(undecided).list(),
		"istio-dual-stack":          words(undecided).list(),
		"istio-reinvocation-policy": reinvocationWords(undecided).list(),
		"istio-ambient-dual-stack":  words(undecided).list(),
		"linkerd-dual-stack":        words(undecided).list(),
	}
}

func familyPolicies() []string {
	return []string{string(corev1.IPFamilyPolicyPreferDualStack), string(corev1.IPFamilyPolicyRequireDualStack)}
}

// primaryFamilies begins with none, the default.
func primaryFamilies() []string {
	return []string{"", string(corev1.IPv4Protocol), string(corev1.IPv6Protocol)}
}

// policy returns the policy of a namespace that sets nothing.
func (s *policySettings) policy() (mutate.Policy, error) {
	profiles, err := s.sidecars()
	servers, serversErr := server.Builtin()
	bypass, bypassErr := address.ParseBypass(s.noProxyHosts)
	if bypassErr != nil {
		bypassErr = fmt.Errorf("--pods-no-proxy-hosts: %w", bypassErr)
	}
	return mutate.Policy{
		FamilyPolicy:  corev1.IPFamilyPolicy(s.familyPolicy),
		PrimaryFamily: corev1.IPFamily(s.primaryFamily),
		Headless:      s.headless,
		LoadBalancers: s.loadBalancers,
		CIDRs:         s.istioCIDRs,
		Profiles:      profiles,
		Servers:       servers,
		NoProxy:       s.noProxy,
		Bypass:        bypass,
		Facts: mutate.Facts{
			DualStack: s.clusterDualStack,
			Pods:      s.clusterPods,
			Meshes: map[string]mutate.Mesh{
				cluster.MeshIstio:   {DualStack: s.istioDualStack, Revisions: s.istioRevisions, InjectsOnce: s.istioInjectsOnce},
				mutate.MeshAmbient:  {DualStack: s.istioAmbient},
				cluster.MeshLinkerd: {DualStack: s.linkerdDualStack},
			},
		},
	}, errors.Join(err, serversErr, bypassErr)
}

// completeWords lets a shell complete flags that have a closed set of words.
func completeWords(command *cobra.Command, words map[string][]cobra.Completion) {
	for flag, values := range words {
		// The only error is an unknown flag, which a test would show.
		_ = command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}
