package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/pflag"
)

// settings are what dualstack serve can be told. Each is a flag; the variable
// of the environment and the key of the configuration file follow from the
// flag's name.
type settings struct {
	config        string
	kubeconfig    string
	listen        string
	probeListen   string
	metricsListen string
	shutdownDelay time.Duration

	certificateSettings
	policySettings
	factSettings

	logFormat string
	logLevel  string
}

// clusterAuto is the word with which the cluster is looked at, and the meshes.
const clusterAuto = "auto"

// add defines the flags with their defaults.
func (s *settings) add(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&s.config, flagConfig, "", "configuration `file`; flags and the environment come before it")
	flags.StringVar(&s.kubeconfig, "kubeconfig", "", "kubeconfig `file`; if empty: KUBECONFIG, ~/.kube/config, or the cluster this runs in")
	flags.StringVar(&s.listen, "listen", ":9443", "`address` to serve the webhook on")
	flags.StringVar(&s.probeListen, "probe-listen", ":8081", "`address` to serve /healthz and /readyz on; empty for none")
	flags.StringVar(&s.metricsListen, "metrics-listen", ":8080", "`address` to serve /metrics on; empty for none")
	flags.DurationVar(&s.shutdownDelay, "shutdown-delay", 10*time.Second, "how long to go on serving, unready, after a signal to stop")

	s.certificateSettings.add(flags)
	s.policySettings.add(flags, clusterAuto)
	s.factSettings.add(flags)

	flags.Var(newChoice(&s.logFormat, "json", "console"), "log-format", "how to log")
	flags.Var(newChoice(&s.logLevel, "info", "debug", "warn", "error"), "log-level", "what to log; debug names each object")
}

// validate returns the first setting that does not make sense with the others.
func (s *settings) validate() error {
	for _, address := range []struct{ flag, value string }{
		{"listen", s.listen}, {"probe-listen", s.probeListen}, {"metrics-listen", s.metricsListen},
	} {
		if address.value == "" && address.flag != "listen" {
			continue
		}
		if _, _, err := splitAddress(address.value); err != nil {
			return fmt.Errorf("--%s: %w", address.flag, err)
		}
	}
	if s.shutdownDelay < 0 {
		return fmt.Errorf("--shutdown-delay: %s is negative", s.shutdownDelay)
	}
	return errors.Join(s.factSettings.validate(), s.certificateSettings.validate())
}

// splitAddress returns the two parts of HOST:PORT. An empty host is every
// address of both IP families.
func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not HOST:PORT or :PORT", address)
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil || number == 0 {
		return "", 0, fmt.Errorf("%q: the port must be a number from 1 to 65535", address)
	}
	return host, int(number), nil
}
