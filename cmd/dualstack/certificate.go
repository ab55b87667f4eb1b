package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/dualstack-dev/webhook/certs"
)

// certificateSettings say where the serving certificate comes from: files, an
// authority in a Secret, or nowhere, for local use.
type certificateSettings struct {
	tlsCertFile             string
	tlsKeyFile              string
	tlsAuthoritySecret      string
	tlsWebhookConfiguration string
	tlsThrowAway            string
	tlsNames                []string
}

// add defines the flags with their defaults.
func (s *certificateSettings) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.tlsCertFile, "tls-cert-file", "", "`file` with the serving certificate in PEM; read again when it changes")
	flags.StringVar(&s.tlsKeyFile, "tls-key-file", "", "`file` with its private key in PEM")
	flags.StringVar(&s.tlsAuthoritySecret, "tls-authority-secret", "", "issue the certificate from an authority in the Secret `namespace/name`, and have the API server trust it")
	flags.StringVar(&s.tlsWebhookConfiguration, "tls-webhook-configuration", "zz-dualstack-webhook", "`name` of the MutatingWebhookConfiguration that is to trust the authority")
	flags.StringVar(&s.tlsThrowAway, "tls-throw-away", "", "for local use: make a certificate at start and write its caBundle to this `file`")
	flags.StringSliceVar(&s.tlsNames, "tls-names", []string{"localhost"}, "DNS `names` of the certificate that is made here; the API server calls SERVICE.NAMESPACE.svc")
}

// validate returns the first setting that does not make sense with the others.
func (s *certificateSettings) validate() error {
	files, throwAway, authority := s.tlsCertFile != "" || s.tlsKeyFile != "", s.tlsThrowAway != "", s.tlsAuthoritySecret != ""
	switch {
	case files && throwAway:
		return errors.New("--tls-throw-away: cannot be used with --tls-cert-file and --tls-key-file")
	case authority && files:
		return errors.New("--tls-authority-secret: cannot be used with --tls-cert-file and --tls-key-file")
	case authority && throwAway:
		return errors.New("--tls-authority-secret: cannot be used with --tls-throw-away")
	case files && (s.tlsCertFile == "" || s.tlsKeyFile == ""):
		return errors.New("--tls-cert-file and --tls-key-file: give both")
	case !files && !throwAway && !authority:
		return errors.New("no certificate: give --tls-authority-secret NAMESPACE/NAME, or --tls-cert-file and --tls-key-file, or --tls-throw-away FILE for local use")
	case !files && len(s.tlsNames) == 0:
		return errors.New("--tls-names: name at least one")
	case authority:
		return s.validateAuthority()
	}
	return nil
}

func (s *certificateSettings) validateAuthority() error {
	if _, err := s.secretKey(); err != nil {
		return err
	}
	if problems := validation.IsDNS1123Subdomain(s.tlsWebhookConfiguration); len(problems) > 0 {
		return fmt.Errorf("--tls-webhook-configuration: %q: %s", s.tlsWebhookConfiguration, problems[0])
	}
	for _, name := range s.tlsNames {
		if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
			return fmt.Errorf("--tls-names: %q: %s", name, problems[0])
		}
	}
	if !slices.ContainsFunc(s.tlsNames, isServiceName) {
		return errors.New("--tls-names: name the Service that the API server calls, SERVICE.NAMESPACE.svc")
	}
	return nil
}

// isServiceName reports whether name is SERVICE.NAMESPACE.svc.
func isServiceName(name string) bool {
	parts := strings.Split(name, ".")
	return len(parts) == 3 && parts[2] == "svc"
}

// secretKey returns what --tls-authority-secret names.
func (s *certificateSettings) secretKey() (client.ObjectKey, error) {
	namespace, name, ok := strings.Cut(s.tlsAuthoritySecret, "/")
	if !ok || len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1123Subdomain(name)) > 0 {
		return client.ObjectKey{}, fmt.Errorf("--tls-authority-secret: %q is not NAMESPACE/NAME", s.tlsAuthoritySecret)
	}
	return client.ObjectKey{Namespace: namespace, Name: name}, nil
}

// source returns the source that the settings ask for. Only the authority's asks
// for the cluster.
func (s *certificateSettings) source(cluster func() (*rest.Config, error), registry prometheus.Registerer, logger *zap.Logger) (certs.Source, error) {
	switch {
	case s.tlsAuthoritySecret != "":
		key, err := s.secretKey()
		if err != nil {
			return nil, err
		}
		config, err := cluster()
		if err != nil {
			return nil, err
		}
		return certs.NewAuthority(config, certs.AuthorityOptions{
			Secret: key, Configuration: s.tlsWebhookConfiguration, Names: s.tlsNames,
			Registry: registry, Log: logger.Named("certs"),
		})
	case s.tlsThrowAway != "":
		return throwAway(s.tlsThrowAway, s.tlsNames)
	}
	return certs.Files(s.tlsCertFile, s.tlsKeyFile, registry)
}

// throwAway makes a certificate for names, and writes its caBundle to file.
func throwAway(file string, names []string) (certs.Source, error) {
	source, err := certs.NewThrowAway(names)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, source.Bundle, 0o600); err != nil {
		return nil, fmt.Errorf("writing the throw-away caBundle: %w", err)
	}
	return source, nil
}
