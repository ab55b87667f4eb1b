package main

import (
	"errors"
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// clusterConfig returns how to reach the cluster.
func clusterConfig(kubeconfig string) (*rest.Config, error) {
	return loadKubeconfig(kubeconfigLoader(kubeconfig, nil))
}

// kubeconfigLoader finds the kubeconfig where kubectl does.
func kubeconfigLoader(file string, overrides *clientcmd.ConfigOverrides) clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
}

func loadKubeconfig(loader clientcmd.ClientConfig) (*rest.Config, error) {
	config, err := loader.ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		// In a Pod without a token clientcmd does not say what is missing.
		if _, err := rest.InClusterConfig(); err != nil && !errors.Is(err, rest.ErrNotInCluster) {
			return nil, fmt.Errorf("no cluster: %w", err)
		}
		return nil, errors.New("no cluster: run this in one, or give --kubeconfig FILE")
	}
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	return rest.AddUserAgent(config, "dualstack"), nil
}
