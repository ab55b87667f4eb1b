package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newServices() *cobra.Command {
	command := &cobra.Command{
		Use:   "services",
		Short: "Upgrade Services that exist, and revert them",
		Example: `  dualstack services upgrade -n shop
  dualstack services revert -n shop`,
		Args: cobra.NoArgs,
		// Without a command of its own, an unknown one would pass as help.
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newServicesUpgrade(), newServicesRevert())
	return command
}

func newServicesUpgrade() *cobra.Command {
	return newServicesCommand(upgrade, &cobra.Command{
		Use:   "upgrade",
		Short: "Make Services dual-stack that were there before the webhook",
		Long: `Upgrade gives Services that exist their second IP family, where the webhook would
have done so as they were created. It shows its plan, asks, and then changes one
Service after the other.

It is for namespaces with the label dualstack.dev/mode: apply. A Service is left
alone if somebody has chosen its policy or one family, if one of the webhook's
rows stands against it, if none of the Pods that it selects is ready, or if in a
mesh one of them is not known to carry its sidecar's settings. What is changed carries the annotation
dualstack.dev/status, and belongs to no field manager: a tool that applies the
manifest again sees no difference and no conflict.

Each Service is decided about anew when its turn comes, by its namespace, its Pods
and the cluster as they are then, and left alone if the plan is no longer the same.
To interrupt is safe, and so is to repeat.

Exit status: 0 all that was planned is done, 1 something that was planned is not
done; the lines say what. 2 and above an error, and nothing is changed.`,
		Example: `  # What would be upgraded, and what not, and why?
  dualstack services upgrade -n shop --dry-run
  dualstack services upgrade -n shop --dry-run -o diff

  # Do it: after a question, or without one.
  dualstack services upgrade -n shop
  dualstack services upgrade -A --yes`,
	})
}

func newServicesRevert() *cobra.Command {
	return newServicesCommand(revert, &cobra.Command{
		Use:   "revert",
		Short: "Take the second IP family back from Services that have it from us",
		Long: `Revert gives Services back the one IP family that they would have without the
webhook: those that it made dual-stack as they were created, and those that
upgrade did. It shows its plan, asks, and then changes one Service after the
other; the API server releases their second address.

Only a Service with the annotation dualstack.dev/status is touched, in a namespace
of whatever mode, and only what nobody has chosen since. A Service whose author
has chosen its policy keeps its families, and the annotation goes.

A Service that somebody changes in between is decided about anew, and left alone
if the plan is no longer the same. To interrupt is safe, and so is to repeat.

Exit status: 0 all that was planned is done, 1 something that was planned is not
done; the lines say what. 2 and above an error, and nothing is changed.`,
		Example: `  # What would go back?
  dualstack services revert -n shop --dry-run

  # Before the webhook is removed: everything, everywhere.
  dualstack services revert -A`,
	})
}

// servicesSettings are what dualstack services can be told.
type servicesSettings struct {
	liveSettings
	dryRun bool
	yes    bool
	output string
	color  string
	rate   float32
}

func newServicesCommand(d direction, command *cobra.Command) *cobra.Command {
	var s servicesSettings
	s.add(command.Flags())
	if d.decidesAsWebhook {
		s.addConfig(command.Flags())
	}
	completeWords(command, map[string][]cobra.Completion{
		"output": {"table", "diff", "json"},
		"color":  {"auto", "always", "never"},
	})
	command.Args = cobra.NoArgs
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := s.validate(); err != nil {
			return err
		}
		if err := s.run(command, d); err != nil {
			return failure{err}
		}
		return nil
	}
	return command
}

func (s *servicesSettings) add(flags *pflag.FlagSet) {
	flags.SortFlags = false
	s.liveSettings.add(flags)
	flags.BoolVar(&s.dryRun, "dry-run", false, "show the plan and change nothing")
	flags.BoolVarP(&s.yes, "yes", "y", false, "do not ask")
	flags.VarP(newChoice(&s.output, "table", "diff", "json"), "output", "o", "how to show the plan")
	flags.Var(newChoice(&s.color, "auto", "always", "never"), "color", "whether a diff is in colour; auto: on a terminal, without NO_COLOR")
	flags.Float32Var(&s.rate, "rate", 10, "change at most this `number` of Services a second")
}

func (s *servicesSettings) validate() error {
	if !(s.rate > 0) { // Not a number is not positive either.
		return fmt.Errorf("--rate: %v is not above 0", s.rate)
	}
	return s.liveSettings.validate()
}

// errPartly is no failure of its own: the lines say what is not done.
var errPartly = errors.New("something that was planned is not done")

// run plans, asks and does.
func (s *servicesSettings) run(command *cobra.Command, d direction) error {
	ctx := command.Context()
	l, err := s.connect(command)
	if err != nil {
		return err
	}
	w := &serviceWork{live: l, direction: d}
	if err := w.plan(ctx); err != nil {
		return err
	}
	out := command.OutOrStdout()
	printer := servicePrinter{direction: d, color: useColor(s.color, os.Getenv("NO_COLOR"), isTerminal(out))}
	lines := out
	if s.output == "json" {
		lines = command.ErrOrStderr()
	}
	if shown := s.dryRun || s.output != "json"; shown {
		if err := printer.print(s.output, out, w.services); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	if s.dryRun {
		return nil
	}
	if w.changes() > 0 {
		if s.output == "json" && !s.yes {
			printer.table(lines, w.services)
		}
		if err := s.confirm(ctx, command, fmt.Sprintf("%s %s?", d.verb, countServices(w.changes()))); err != nil {
			return err
		}
		w.run(ctx, s.rate, lines)
	}
	if s.output == "json" {
		if err := printer.json(out, w.services); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	if !w.done() {
		return errPartly
	}
	return nil
}

// confirm asks, unless that was answered already. Without somebody to ask the
// answer is no.
func (s *servicesSettings) confirm(ctx context.Context, command *cobra.Command, question string) error {
	if s.yes {
		return nil
	}
	if !isTerminal(command.InOrStdin()) {
		return errors.New("nothing is changed: there is no terminal to ask on; give --yes to do it without a question, or --dry-run to see the plan alone")
	}
	return ask(ctx, command.InOrStdin(), command.ErrOrStderr(), question)
}

// ask returns nil if the answer is yes.
func ask(ctx context.Context, in io.Reader, out io.Writer, question string) error {
	fmt.Fprintf(out, "%s [y/N] ", question)
	answer := make(chan string, 1)
	go func() {
		var word string
		_, _ = fmt.Fscanln(in, &word) // No answer is a no.
		answer <- word
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		return errors.New("interrupted: nothing is changed")
	case word := <-answer:
		if !strings.EqualFold(word, "y") && !strings.EqualFold(word, "yes") {
			return errors.New("not confirmed: nothing is changed")
		}
		return nil
	}
}
