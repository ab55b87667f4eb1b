package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/dualstack-dev/webhook/mutate"
)

// mutateSettings are what dualstack mutate can be told.
type mutateSettings struct {
	output    string
	exitCode  bool
	color     string
	namespace string
	policySettings
}

func newMutate() *cobra.Command {
	s := mutateSettings{policySettings: policySettings{clusterDualStack: mutate.Enabled, clusterPods: mutate.Enabled, istioDualStack: mutate.Enabled, linkerdDualStack: mutate.Enabled}}
	command := &cobra.Command{
		Use:   "mutate [FILE|DIRECTORY|-]...",
		Short: "Change manifests as the webhook would",
		Long: `Mutate decides about manifests as the webhook decides about what is created, and
prints them: Pods, Services, and the Pods that workloads have templates of. It
needs no cluster.

It reads files of YAML or JSON with any number of documents, the .yaml, .yml and
.json files below a directory, by links that stay there too, or standard input. What
does not change is printed byte for byte. On an error nothing is printed.

Notes name a part of a Pod as its annotation dualstack.dev/status does. Beside them
and the patches stands advice, about what is never changed: a Gateway with a bind.

Each namespace counts as one with the label dualstack.dev/mode: apply, unless the
manifests have the Namespace: then its labels and annotations hold. The cluster,
istiod and Linkerd count as dual-stack, unless the flags say otherwise.

Exit status: 0 success, 2 and above an error. With --exit-code: 0 nothing would
change, 1 something would.`,
		Example: `  # What would the webhook change, and why?
  dualstack mutate -o diff deploy/
  dualstack mutate -o notes deploy/

  # Change what a template renders to.
  helm template shop charts/shop | dualstack mutate -

  # In CI: fail if something is not dual-stack.
  dualstack mutate -o diff --exit-code deploy/`,
		RunE: interruptible(s.run),
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.VarP(newChoice(&s.output, "yaml", "json", "patch", "diff", "notes"), "output", "o", "what to print")
	flags.BoolVar(&s.exitCode, "exit-code", false, "exit with status 1 if something would change")
	flags.StringVarP(&s.namespace, "namespace", "n", "default", "the `namespace` of objects that name none")
	flags.Var(newChoice(&s.color, "auto", "always", "never"), "color", "whether a diff is in colour; auto: on a terminal, without NO_COLOR")
	s.add(flags, mutate.Unknown.String())
	completeWords(command, policyWords(mutate.Unknown.String()))
	completeWords(command, map[string][]cobra.Completion{
		"output": {"yaml", "json", "patch", "diff", "notes"},
		"color":  {"auto", "always", "never"},
	})
	return command
}

// errWouldChange is no failure: it is what --exit-code asks for.
var errWouldChange = errors.New("something would change")

func (s *mutateSettings) run(command *cobra.Command, args []string) error {
	if err := checkNamespace(s.namespace); err != nil {
		return err
	}
	policy, err := s.policy()
	if err != nil {
		return err
	}
	files, err := readFiles(args, command.InOrStdin(), command.ErrOrStderr())
	if err != nil {
		return failure{err}
	}
	if err := decideAll(files, policy, s.namespace); err != nil {
		return failure{err}
	}
	if err := s.print(command.OutOrStdout(), files); err != nil {
		return failure{err}
	}
	if s.exitCode && wouldChange(files) {
		return errWouldChange
	}
	return nil
}

// print writes what is asked for.
func (s *mutateSettings) print(w io.Writer, files []*file) error {
	printers := map[string]func(io.Writer, []*file) error{
		"yaml":  printYAML,
		"json":  printJSON,
		"patch": printPatches,
		"diff":  diffPrinter{color: useColor(s.color, os.Getenv("NO_COLOR"), isTerminal(w)), terminal: isTerminal(w)}.print,
		"notes": printNotes,
	}
	if err := printers[s.output](w, files); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// wouldChange reports whether the webhook would change any of it, were its mode
// not to report.
func wouldChange(files []*file) bool {
	for _, f := range files {
		for _, o := range f.objects {
			if o.result.Patch != nil || o.result.Reported() {
				return true
			}
		}
	}
	return false
}
