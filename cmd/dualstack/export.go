package main

import "github.com/spf13/cobra"

func newExport() *cobra.Command {
	command := &cobra.Command{
		Use:   "export",
		Short: "Print manifests that work without the webhook",
		Example: `  dualstack export policies | kubectl apply -f -
  dualstack export istio -n shop | kubectl apply -f -`,
		Args: cobra.NoArgs,
		// Without a command of its own, an unknown one would pass as help.
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newExportPolicies(), newExportIstio())
	return command
}
