package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/terminal"
)

// How many requests a second a command may send, and at once. The API server has
// its own idea of what is fair, and tells when to wait:
// https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
const (
	liveQPS   = 50
	liveBurst = 100
)

// liveSettings are the flags of a command that looks at a cluster. What they are
// called is what they are called by kubectl.
type liveSettings struct {
	kubeconfig    string
	context       string
	namespace     string
	allNamespaces bool
	config        string
}

func (s *liveSettings) add(flags *pflag.FlagSet) {
	flags.StringVarP(&s.namespace, "namespace", "n", "", "the `namespace`; if empty that of the context")
	flags.BoolVarP(&s.allNamespaces, "all-namespaces", "A", false, "all namespaces")
	flags.StringVar(&s.kubeconfig, "kubeconfig", "", "kubeconfig `file`; if empty: KUBECONFIG, ~/.kube/config, or the cluster this runs in")
	flags.StringVar(&s.context, "context", "", "the `name` of the kubeconfig's context; if empty the current one")
}

// addConfig adds the flag of a command that decides as the webhook does.
func (s *liveSettings) addConfig(flags *pflag.FlagSet) {
	flags.StringVar(&s.config, flagConfig, "", "configuration `file` of the webhook; if empty that of the installation in the cluster")
}

func (s *liveSettings) validate() error {
	if s.allNamespaces && s.namespace != "" {
		return errors.New("--namespace and --all-namespaces: give one of them")
	}
	if s.namespace == "" {
		return nil
	}
	return checkNamespace(s.namespace)
}

// checkNamespace returns an error unless a namespace can have the name.
func checkNamespace(name string) error {
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		return fmt.Errorf("--namespace: %q is not the name of a namespace: %s", name, problems[0])
	}
	return nil
}

// live is a cluster that a command looks at.
type live struct {
	client client.Client
	// namespace is the one that is asked about; "" for all.
	namespace string
	config    string
	// log is where to say what could not be found out.
	log io.Writer
}

// connect returns the cluster that the flags name. Nothing has been read of it
// yet.
func (s *liveSettings) connect(command *cobra.Command) (*live, error) {
	config, namespace, err := s.clientConfig()
	if err != nil {
		return nil, err
	}
	logger, err := newLogger("console", "error")
	if err != nil {
		return nil, err
	}
	captureLibraries(logger)
	log := command.ErrOrStderr()
	config.QPS, config.Burst = liveQPS, liveBurst
	config.WarningHandler = rest.NewWarningWriter(terminal.Lines{Writer: log}, rest.WarningWriterOptions{Deduplicate: true})
	c, err := client.New(config, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	l := &live{client: c, namespace: namespace, config: s.config, log: log}
	if s.allNamespaces {
		l.namespace = ""
	}
	return l, nil
}

// clientConfig returns how to reach the cluster, and the namespace, as kubectl
// finds them.
func (s *liveSettings) clientConfig() (*rest.Config, string, error) {
	overrides := &clientcmd.ConfigOverrides{CurrentContext: s.context}
	loader := kubeconfigLoader(s.kubeconfig, overrides)
	config, err := loadKubeconfig(loader)
	if err != nil {
		return nil, "", err
	}
	if s.namespace != "" {
		return config, s.namespace, nil
	}
	namespace, _, err := loader.Namespace()
	return config, namespace, err
}

// say tells people what they should know beside the answer.
func (l *live) say(format string, args ...any) {
	fmt.Fprintf(terminal.Lines{Writer: l.log}, "dualstack: "+format+"\n", args...)
}
