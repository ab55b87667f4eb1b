package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/audit/collect"
	"github.com/dualstack-dev/webhook/audit/render"
	"github.com/dualstack-dev/webhook/mutate"
)

// auditSettings are what dualstack audit can be told.
type auditSettings struct {
	output   string
	exitCode bool
	liveSettings
}

func newAudit() *cobra.Command {
	var s auditSettings
	command := &cobra.Command{
		Use:   "audit",
		Short: "Say what in a cluster is not dual-stack, and what to do next",
		Long: `Audit looks at what exists, which the webhook does not change: Pods that were
created before their namespace opted in or while the webhook was away, Services
with one IP family and why, and what treats the families differently: load
balancers, network policies, objects of Istio's, and addresses in Pods. It
changes nothing.

It reads with the rights of the kubeconfig's user. What may not be read is a
finding, and the rest is said without it. The settings are those of the webhook
that is installed in the cluster.

Of a namespace that has not opted in it says what is left of us. With -A it leaves
out those that have nothing.

Exit status: 0 success, 2 and above an error. With --exit-code: 0 nothing was
found, 1 something was. What is of the level info does not count.`,
		Example: `  # What about the namespace shop, and what is next?
  dualstack audit -n shop

  # All namespaces, as a page to pass on.
  dualstack audit -A -o html > audit.html

  # In CI: fail if something is found.
  dualstack audit -n shop --exit-code`,
		Args: cobra.NoArgs,
		RunE: s.run,
	}
	flags := command.Flags()
	flags.SortFlags = false
	s.add(flags)
	s.addConfig(flags)
	flags.VarP(newChoice(&s.output, "table", "json", "html"), "output", "o", "what to print")
	flags.BoolVar(&s.exitCode, "exit-code", false, "exit with status 1 if something was found")
	completeWords(command, map[string][]cobra.Completion{"output": {"table", "json", "html"}})
	return command
}

// errFindings is no failure: it is what --exit-code asks for.
var errFindings = errors.New("something was found")

func (s *auditSettings) run(command *cobra.Command, _ []string) error {
	if err := s.validate(); err != nil {
		return err
	}
	report, err := s.audit(command)
	if err != nil {
		return failure{err}
	}
	if err := s.print(command.OutOrStdout(), report); err != nil {
		return failure{fmt.Errorf("writing: %w", err)}
	}
	if s.exitCode && report.HasFindings() {
		return errFindings
	}
	return nil
}

func (s *auditSettings) audit(command *cobra.Command) (*audit.Report, error) {
	l, err := s.connect(command)
	if err != nil {
		return nil, err
	}
	// What cannot be found out is a finding, so that it is in every output.
	var said strings.Builder
	l.log = &said
	installed, err := l.readInstallation(command.Context())
	if err != nil {
		return nil, err
	}
	progress := newProgress(command.ErrOrStderr())
	defer progress.clear()
	return collect.Collect(command.Context(), collect.Options{
		Client:    l.client,
		Namespace: l.namespace,
		Facts:     installed.policy.Facts,
		Unknown:   unprefixed(said.String()),
		Policy:    func(namespace metav1.ObjectMeta) mutate.Policy { return installed.namespace(namespace).policy },
		Progress:  progress.show,
	})
}

// unprefixed returns the lines that a command says, without its name.
func unprefixed(said string) []string {
	var lines []string
	for line := range strings.Lines(said) {
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(line, "dualstack: ")))
	}
	return lines
}

func (s *auditSettings) print(w io.Writer, report *audit.Report) error {
	switch s.output {
	case "json":
		return render.JSON(w, report)
	case "html":
		return render.HTML(w, report, time.Now())
	default:
		return render.Table(w, report)
	}
}
