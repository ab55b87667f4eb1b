package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dualstack",
		Short: "Make the workloads of labelled namespaces dual-stack",
		Long: `Dualstack is a mutating admission webhook for Kubernetes. In namespaces with the
label dualstack.dev/mode, Services prefer dual-stack and injected sidecars serve
both IP families.

Exit status, as that of kubectl diff: 0 success, 1 something would change, was
found or is not done, 2 and above an error.`,
		Example: `  # What would the webhook change in these manifests?
  dualstack mutate -o diff deploy/

  # What in this namespace is not dual-stack yet, and what is next?
  dualstack audit -n shop

  # Serve the webhook on this machine, for the cluster of the current context.
  dualstack serve --tls-throw-away ca.pem --tls-names webhook.example.com

  # Make Services dual-stack that were there before it.
  dualstack services upgrade -n shop

  # Print admission policies that need no webhook.
  dualstack export policies | kubectl apply -f -

  # Print the version.
  dualstack version`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Without a command of its own, an unknown one would pass as help.
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.AddCommand(newServe(), newMutate(), newAudit(), newServices(), newExport(), newVersion())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		switch command.Name() {
		case "help":
			command.Args = knownCommand
		case "completion":
			command.Args = cobra.NoArgs
			command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
		}
	}
	return root
}

// knownCommand accepts the path of a command. Without it help about a command
// that does not exist is that of the root, and a success.
func knownCommand(help *cobra.Command, path []string) error {
	found, rest, err := help.Root().Find(path)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unknown command %q for %q", rest[0], found.CommandPath())
	}
	return err
}
