package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/sidecar"
)

// policySettings say how to decide, whoever asks: the API server or a person.
type policySettings struct {
	headless         bool
	loadBalancers    bool
	clusterDualStack mutate.State
	istiodDualStack  mutate.State
}

// add defines the flags. The defaults of what is known are those of s.
func (s *policySettings) add(flags *pflag.FlagSet) {
	s.headless = true
	flags.Var((*toggle)(&s.headless), "services-headless", "whether headless Services with a selector become dual-stack")
	flags.Var((*toggle)(&s.loadBalancers), "services-load-balancers", "whether Services of type LoadBalancer become dual-stack")
	flags.Var((*state)(&s.clusterDualStack), "cluster-dual-stack", "whether the cluster gives Services addresses of both IP families")
	flags.Var((*state)(&s.istiodDualStack), "istiod-dual-stack", "whether istiod runs with ISTIO_DUAL_STACK=true")
}

// policyWords are the words that complete the flags.
func policyWords() map[string][]cobra.Completion {
	return map[string][]cobra.Completion{
		"services-headless":       {"enabled", "disabled"},
		"services-load-balancers": {"enabled", "disabled"},
		"cluster-dual-stack":      {"enabled", "disabled", "unknown"},
		"istiod-dual-stack":       {"enabled", "disabled", "unknown"},
	}
}

// policy returns the policy of a namespace that sets nothing.
func (s *policySettings) policy() (mutate.Policy, error) {
	profiles, err := sidecar.Builtin()
	return mutate.Policy{
		Headless:      s.headless,
		LoadBalancers: s.loadBalancers,
		Profiles:      profiles,
		Facts: mutate.Facts{
			DualStack: s.clusterDualStack,
			Meshes:    map[string]mutate.State{"istio": s.istiodDualStack},
		},
	}, err
}

// completeWords lets a shell complete flags that have a closed set of words.
func completeWords(command *cobra.Command, words map[string][]cobra.Completion) {
	for flag, values := range words {
		// The only error is an unknown flag, which a test would show.
		_ = command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}
